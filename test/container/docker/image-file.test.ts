import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { PODMAN_SOCKET } from '../../../scripts/setup/podman.js';
import { dockerEngine, podmanEngine } from '../../../src/container/docker/index.ts';
import type { ContainerEngine } from '../../../src/container/index.ts';
import { IMAGE_BUILD_MS } from '../../support/app-image.ts';
import { describeWith } from '../../support/needs.ts';
import { probeImage } from '../../support/probe-image.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const BYTES_MAX = 1_000_000;
const never = new AbortController().signal;

const ENGINES = [
  { name: 'docker', open: () => dockerEngine(), prefix: '' },
  {
    name: 'podman',
    open: () => podmanEngine({ socketPath: PODMAN_SOCKET }),
    prefix: 'docker-daemon:',
  },
] as const;

/** An image whose `/app` has what a file of an image may be, and bad things. */
async function imageOfFiles(folder: string): Promise<string> {
  const name = `cyto-run/files:${randomBytes(6).toString('hex')}`;
  await mkdir(join(folder, 'app/folder'), { recursive: true });
  await writeFile(join(folder, 'app/text'), 'what it says, ü');
  await writeFile(join(folder, 'app/empty'), '');
  await writeFile(join(folder, 'app/full'), '');
  await truncate(join(folder, 'app/full'), BYTES_MAX);
  await writeFile(join(folder, 'app/huge'), '');
  await truncate(join(folder, 'app/huge'), 50 * BYTES_MAX);
  await symlink('/etc/passwd', join(folder, 'app/link'));
  await symlink('/app', join(folder, 'also'));
  await writeFile(join(folder, 'Dockerfile'), `FROM ${await probeImage()}\nCOPY . /\nUSER 12345\n`);
  execFileSync('docker', ['build', '--quiet', '--tag', name, folder], { stdio: 'ignore' });
  return name;
}

describeWith('docker', 'a file of an image', () => {
  let image = '';
  beforeAll(async () => {
    await using folder = await temporaryFolder('cyto-run-');
    image = await imageOfFiles(folder.path);
  }, IMAGE_BUILD_MS);
  afterAll(() => {
    execFileSync('docker', ['image', 'rm', '--force', image]);
  });

  for (const { name, open, prefix } of ENGINES)
    describeWith(name, `of ${name}`, () => {
      const ownerLabel = randomBytes(8).toString('hex');
      let engine: ContainerEngine;
      let id = '';
      beforeAll(async () => {
        engine = open();
        const request = { reference: `${prefix}${image}`, pull: 'never' } as const;
        ({ id } = await engine.resolveImage(request, never));
      }, IMAGE_BUILD_MS);
      afterAll(() => {
        if (name === 'podman')
          execFileSync('podman', ['--url', `unix://${PODMAN_SOCKET}`, 'rmi', '--force', id]);
      });
      const ask = (path: string, of = id): ReturnType<NonNullable<typeof engine.readImageFile>> =>
        engine.readImageFile!({ image: of, path, bytesMax: BYTES_MAX, ownerLabel }, never);

      test('comes byte for byte, empty or as large as it may be, also by way of a folder that is a link', async () => {
        expect(await ask('/app/text')).toEqual({
          kind: 'file',
          bytes: Buffer.from('what it says, ü'),
        });
        expect(await ask('/also/text')).toMatchObject({ kind: 'file' });
        expect(await ask('/app/empty')).toEqual({ kind: 'file', bytes: Buffer.alloc(0) });
        expect(await ask('/app/full')).toEqual({ kind: 'file', bytes: Buffer.alloc(BYTES_MAX) });
      });

      test('is told from what is none: missing, a folder, a link, one that is too large', async () => {
        expect(await ask('/app/none')).toEqual({ kind: 'missing' });
        expect(await ask('/app/text/below')).toEqual({ kind: 'missing' });
        expect(await ask('/app/folder')).toEqual({ kind: 'no-file' });
        // What a link leads to is the image's, never this machine's: the image has no such file.
        const link = {
          docker: { kind: 'link', target: '/etc/passwd' },
          podman: { kind: 'missing' },
        };
        expect(await ask('/app/link')).toEqual(link[name]);
        expect(await ask('/app/huge')).toEqual({ kind: 'too-large', sizeBytes: 50 * BYTES_MAX });
      });

      test('of an image that is gone is told, and nothing is left of any asking', async () => {
        await expect(ask('/app/text', `sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({
          code: 'image-not-found',
        });
        const gone = engine.readImageFile!(
          { image: id, path: '/app/text', bytesMax: 1, ownerLabel },
          AbortSignal.abort(new Error('enough')),
        );
        await expect(gone).rejects.toThrow('enough');
        expect(await engine.list(ownerLabel)).toEqual([]);
      });
    });
});
