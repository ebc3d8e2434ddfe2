import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import type { Mount } from '../../src/container/index.ts';
import type { ExpectedOutput } from '../../src/descriptor/index.ts';
import { CONTAINER_PLACES, runPlaces } from '../../src/runner/index.ts';
import { findOutputs, type OutputSearch } from '../../src/runner/find-outputs.ts';
import { OutputFault, publishOutputs } from '../../src/runner/publish.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const output = (path: string, changes: Partial<ExpectedOutput> = {}): ExpectedOutput => ({
  id: 'o',
  name: 'output',
  path,
  list: false,
  optional: false,
  ...changes,
});

/** A run folder whose working directory holds what `fill` puts there. */
async function workWith(
  fill: (work: string) => Promise<unknown>,
  use: (
    find: (...expected: ExpectedOutput[]) => Promise<OutputSearch>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const places = runPlaces(folder.path);
  await mkdir(places.work, { recursive: true });
  await mkdir(places.staged, { recursive: true });
  const mounts: Mount[] = [
    { source: places.work, target: CONTAINER_PLACES.work, readOnly: false },
    { source: places.staged, target: CONTAINER_PLACES.out, readOnly: false },
    { source: '/etc', target: '/inputs', readOnly: true },
  ];
  await fill(places.work);
  await use((...expected) => findOutputs(expected, mounts, places), folder.path);
}

describe('finding outputs', () => {
  test('takes a path as it is before it takes it for a pattern', () =>
    workWith(
      async (work) => {
        await writeFile(join(work, 'a[1].txt'), 'literal');
        await writeFile(join(work, 'a1.txt'), 'pattern');
      },
      async (find) => {
        expect((await find(output('a[1].txt'))).found.map(({ path }) => path)).toEqual([
          'a[1].txt',
        ]);
      },
    ));

  test('expands wildcards in every segment, sorted, and keeps the folders below the working directory', () =>
    workWith(
      async (work) => {
        for (const name of ['b', 'a']) {
          await mkdir(join(work, 'parts', name), { recursive: true });
          await writeFile(join(work, 'parts', name, 'x.csv'), name);
        }
        await writeFile(join(work, 'parts', 'a', '.hidden.csv'), 'no');
      },
      async (find) => {
        const { found } = await find(output('parts/*/*.csv', { list: true }));
        expect(found.map(({ path }) => path)).toEqual(['parts/a/x.csv', 'parts/b/x.csv']);
      },
    ));

  test('says which required outputs are missing and what is there instead', () =>
    workWith(
      (work) => writeFile(join(work, 'mask.png'), ''),
      async (find) => {
        const search = await find(output('mask.tif'), output('extra.txt', { optional: true }));
        expect(search.missing.map(({ path }) => path)).toEqual(['mask.tif']);
        expect(search.others).toEqual(['mask.png']);
      },
    ));

  test('never follows a link out of the folders the app may write to', () =>
    workWith(
      async (work) => {
        await symlink('/etc/passwd', join(work, 'absolute'));
        await symlink('../../../../../../../../etc/passwd', join(work, 'relative'));
        await symlink('/inputs/passwd', join(work, 'input'));
        await symlink('/etc', join(work, 'folder'));
      },
      async (find) => {
        const search = await find(
          ...['absolute', 'relative', 'input', 'folder', 'folder/passwd'].map((path) =>
            output(path),
          ),
        );
        expect(search.found).toEqual([]);
        expect(search.faults.map(({ code }) => code)).toEqual(Array(5).fill('output-invalid'));
        expect(search.missing).toEqual([]);
      },
    ));

  test('follows a link that stays inside, also one that is absolute in the container', () =>
    workWith(
      async (work) => {
        await writeFile(join(work, 'real.csv'), 'x');
        await symlink('real.csv', join(work, 'relative.csv'));
        await symlink('/cyto-run/work/real.csv', join(work, 'absolute.csv'));
      },
      async (find) => {
        const { found, faults } = await find(output('relative.csv'), output('absolute.csv'));
        expect(faults).toEqual([]);
        expect(found.map(({ path }) => path)).toEqual(['relative.csv', 'absolute.csv']);
      },
    ));

  test('refuses named pipes and names that are not UTF-8', () =>
    workWith(
      async (work) => {
        execFileSync('mkfifo', [join(work, 'pipe')]);
        await writeFile(Buffer.concat([Buffer.from(`${work}/`), Buffer.from([0x61, 0xff])]), '');
      },
      async (find) => {
        const { faults } = await find(output('pipe'), output('a*'));
        expect(faults.map(({ message }) => message)).toEqual([
          expect.stringContaining('named pipe'),
          expect.stringContaining('not UTF-8'),
        ]);
      },
    ));

  test('takes everything in the output folder of folder mode, also names with newlines', () =>
    workWith(
      async (work) => {
        const staged = join(work, '..', 'staged');
        await mkdir(join(staged, 'deep'));
        await writeFile(join(staged, 'deep', 'two\nlines.csv'), 'x');
      },
      async (find) => {
        const { found } = await find(output('/data/out/**', { id: 'out', optional: true }));
        expect(found.map(({ path }) => path)).toEqual(['deep/two\nlines.csv']);
      },
    ));
});

describe('publishing outputs', () => {
  const found = (source: string, path: string, kind: 'file' | 'folder' = 'file') => ({
    outputId: 'o',
    path,
    source,
    kind,
  });

  test('puts each file in its place whole, replaces an older one, and says size and checksum', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'work.csv');
    const target = join(folder.path, 'results');
    await writeFile(source, 'new');
    await mkdir(join(target, 'deep'), { recursive: true });
    await writeFile(join(target, 'deep', 'a.csv'), 'old and longer');
    const { outputs, replaced } = await publishOutputs([found(source, 'deep/a.csv')], {
      folder: target,
      inputs: [],
    });
    expect(replaced).toEqual([join(target, 'deep', 'a.csv')]);
    expect(outputs[0]).toMatchObject({
      location: join(target, 'deep', 'a.csv'),
      sizeBytes: 3,
      sha256: '11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437',
      mediaType: 'text/csv',
    });
    expect(await readFile(join(target, 'deep', 'a.csv'), 'utf8')).toBe('new');
    expect(await readFile(source, 'utf8')).toBe('new');
  });

  test('can be repeated after a crash, and leaves nothing beside the outputs', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'work.csv');
    await writeFile(source, 'x');
    const destination = { folder: join(folder.path, 'results'), inputs: [] };
    for (let attempt = 0; attempt < 2; attempt += 1)
      await publishOutputs([found(source, 'a.csv')], destination);
    expect(await readdir(destination.folder)).toEqual(['a.csv']);
  });

  test('never writes over an input of the same run', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'work.tif');
    await writeFile(source, 'output');
    await mkdir(join(folder.path, 'in'));
    await writeFile(join(folder.path, 'in', 'a.tif'), 'precious');
    const input: Mount = { source: join(folder.path, 'in', 'a.tif'), target: '/x', readOnly: true };
    await expect(
      publishOutputs([found(source, 'a.tif')], {
        folder: join(folder.path, 'in'),
        inputs: [input],
      }),
    ).rejects.toThrow(/would replace an input/);
    expect(await readFile(join(folder.path, 'in', 'a.tif'), 'utf8')).toBe('precious');
  });

  test('copies a folder with links that stay inside, and refuses one with a link that leads out', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'set');
    await mkdir(source);
    await writeFile(join(source, 'a.txt'), 'a');
    await symlink('a.txt', join(source, 'b.txt'));
    const target = join(folder.path, 'out');
    await publishOutputs([found(source, 'set', 'folder')], { folder: target, inputs: [] });
    expect(await readFile(join(target, 'set', 'b.txt'), 'utf8')).toBe('a');
    await expect(readlink(join(target, 'set', 'b.txt'))).rejects.toThrow(/EINVAL/);
    await symlink('/etc/passwd', join(source, 'c.txt'));
    await expect(
      publishOutputs([found(source, 'set', 'folder')], { folder: target, inputs: [] }),
    ).rejects.toThrow(OutputFault);
  });

  test('says that a place in the way is not a file', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'a');
    await writeFile(source, 'a');
    await mkdir(join(folder.path, 'out', 'a'), { recursive: true });
    await expect(
      publishOutputs([found(source, 'a')], { folder: join(folder.path, 'out'), inputs: [] }),
    ).rejects.toMatchObject({ failure: { code: 'staging-failed' } });
  });
});
