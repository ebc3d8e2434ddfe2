import { spawnSync } from 'node:child_process';
import { appendFile, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';

import { openArchive } from '../../../src/container/images/archive.ts';
import { packDockerArchive } from '../../../src/container/images/pack.ts';
import { parseImageSource, type ArchiveSource } from '../../../src/container/images/source.ts';
import { ociArchive, ociImage } from '../../support/oci-image.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };
const never = new AbortController().signal;

const opened = (reference: string, platform = AMD64): ReturnType<typeof openArchive> =>
  openArchive(parseImageSource(reference, '/') as ArchiveSource, platform, never);

/** What `docker load` would be given, as files by name. */
async function packed(reference: string): Promise<Map<string, Buffer>> {
  const { content } = await opened(reference);
  await using image = content;
  const bytes = await buffer(packDockerArchive(image, { name: reference, tag: 'ours:1' }));
  const files = new Map<string, Buffer>();
  const reader = extract();
  reader.end(bytes);
  for await (const entry of reader) files.set(entry.header.name, await buffer(entry));
  return files;
}

test.each(['gzip', 'zstd', 'none'] as const)(
  "an index with attestations leads to this platform's image, layers stored as %s",
  async (compression) => {
    await using folder = await temporaryFolder();
    const image = await ociImage(folder.path, { architecture: 'amd64', compression, empty: true });
    const file = ociArchive(image, join(folder.path, 'an archive.tar'));
    for (const reference of [
      `oci:${image.folder}`,
      `oci-archive:${file}`,
      `oci-archive:${file}:app:1`,
    ]) {
      const { content } = await opened(reference);
      await using found = content;
      expect(found).toMatchObject({
        digest: image.indexDigest,
        manifestDigest: image.manifestDigest,
        config: {
          id: image.configDigest,
          platform: 'linux/amd64',
          entrypoint: ['/bin/probe'],
          workingDirectory: '/tmp',
        },
      });
    }
    const files = await packed(`oci-archive:${file}`);
    const [{ RepoTags: tags, Layers: layers }] = JSON.parse(
      files.get('manifest.json')!.toString(),
    ) as [{ RepoTags: string[]; Layers: [string] }];
    expect(tags).toEqual(['ours:1']);
    const listed = spawnSync('tar', ['-t', ...(compression === 'gzip' ? ['-z'] : [])], {
      input: files.get(layers[0]),
      encoding: 'utf8',
    });
    expect(listed.stdout).toContain('./unique');
  },
);

test('an index without this platform names those it has', async () => {
  await using folder = await temporaryFolder();
  const image = await ociImage(folder.path, { architecture: 'amd64', empty: true });
  await expect(
    opened(`oci:${image.folder}`, { os: 'linux', architecture: 's390x' }),
  ).rejects.toMatchObject({
    code: 'image-not-found',
    message: expect.stringMatching(/linux\/s390x.*linux\/mips64le, linux\/amd64/) as string,
  });
});

test('a name that is not in the archive is answered with those that are', async () => {
  await using folder = await temporaryFolder();
  const image = await ociImage(folder.path, { architecture: 'amd64', name: 'ap:1', empty: true });
  await expect(opened(`oci:${image.folder}:app:1`)).rejects.toMatchObject({
    code: 'image-not-found',
    hint: expect.stringContaining('ap:1') as string,
  });
});

test('a docker archive, plain or compressed as a whole, at a path with spaces and colons', async () => {
  await using folder = await temporaryFolder();
  const image = await ociImage(folder.path, { architecture: 'amd64', empty: true });
  const { content } = await opened(`oci:${image.folder}`);
  await using source = content;
  const bytes = await buffer(packDockerArchive(source, { name: 'x', tag: 'app:2' }));
  const plain = join(folder.path, 'a:b c.tar');
  const compressed = join(folder.path, 'a:b c.tar.gz');
  await writeFile(plain, bytes);
  await writeFile(compressed, gzipSync(bytes));
  for (const [reference, isPlain] of [
    [`docker-archive:${plain}`, true],
    [`docker-archive:${plain}:app:2`, true],
    [`docker-archive:${plain}:docker.io/library/app:2`, true],
    [`docker-archive:${compressed}`, false],
  ] as const) {
    const found = await opened(reference);
    await using archive = found.content;
    expect(found.plain).toBe(isPlain);
    expect(archive.config.id).toBe(image.configDigest);
  }
  await expect(opened(`docker-archive:${plain}:app:3`)).rejects.toMatchObject({
    code: 'image-not-found',
    hint: expect.stringContaining('app:2') as string,
  });
});

test('what is no archive, is cut off or was changed is told as that, never loaded', async () => {
  await using folder = await temporaryFolder();
  const image = await ociImage(folder.path, {
    architecture: 'amd64',
    compression: 'none',
    empty: true,
  });
  const file = ociArchive(image, join(folder.path, 'whole.tar'));
  const damaged = async (
    name: string,
    change: (path: string) => Promise<void>,
  ): Promise<unknown> => {
    const path = join(folder.path, name);
    await writeFile(path, await readFile(file));
    await change(path);
    return packed(`oci-archive:${path}`).catch((error: unknown) => error);
  };
  const { length } = await readFile(file);
  expect(
    await damaged('text', (path) => writeFile(path, 'not a tar archive'.repeat(100))),
  ).toMatchObject({
    code: 'image-pull-failed',
    message: expect.stringContaining('not a tar archive') as string,
  });
  expect(await damaged('empty', (path) => truncate(path))).toMatchObject({
    code: 'image-pull-failed',
  });
  expect(await damaged('cut', (path) => truncate(path, Math.floor(length / 2)))).toMatchObject({
    code: 'image-pull-failed',
    message: expect.stringMatching(/cut off|is not in it|no index/) as string,
  });
  expect(await damaged('longer', (path) => appendFile(path, 'x'))).toBeInstanceOf(Map);
  const spoiled = await ociImage(folder.path, {
    architecture: 'amd64',
    spoiled: true,
    empty: true,
  });
  await expect(packed(`oci:${spoiled.folder}`)).rejects.toMatchObject({
    code: 'image-pull-failed',
    message: expect.stringContaining('has the content of') as string,
  });
  await expect(opened(`docker-archive:${file}`)).resolves.toBeDefined();
  await expect(opened(`oci-archive:${folder.path}/absent.tar`)).rejects.toMatchObject({
    code: 'image-not-found',
  });
  await expect(opened(`docker-archive:${folder.path}`)).rejects.toMatchObject({
    message: expect.stringContaining('is a folder') as string,
  });
  const manifest = join(image.folder, 'blobs', 'sha256', image.manifestDigest.slice(7));
  await rename(manifest, `${manifest}.gone`);
  await expect(opened(`oci:${image.folder}`)).rejects.toMatchObject({ code: 'image-pull-failed' });
});
