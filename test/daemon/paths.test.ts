import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { pathsWithin } from '../../src/daemon/paths/admitted-paths.ts';
import { safeFileName } from '../../src/daemon/paths/file-name.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function withTree(play: (top: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const at = (...parts: string[]): string => join(folder.path, ...parts);
  await mkdir(at('slides', 'day 1'), { recursive: true });
  await mkdir(at('slides-of-others'));
  await writeFile(at('slides', 'day 1', 'a.tif'), 'a');
  await writeFile(at('slides-of-others', 'b.tif'), 'b');
  await symlink(at('slides-of-others'), at('slides', 'others'));
  await symlink('/etc', at('slides', 'etc'));
  await symlink(at('slides', 'day 1'), at('slides', 'today'));
  await symlink(at('slides'), at('link-to-slides'));
  await play(folder.path);
}

test('what lies below a root may be read, by whatever way inside it', () =>
  withTree(async (top) => {
    const admit = pathsWithin([join(top, 'slides')]);
    for (const path of ['slides', 'slides/day 1/a.tif', 'slides/today/a.tif', 'slides/new.tif'])
      expect(await admit(join(top, path)), path).toBeUndefined();
    expect(await admit(`${top}/slides/today/../day 1/./a.tif`)).toBeUndefined();
  }));

test('a root that is reached by a link is the folder that the link names', () =>
  withTree(async (top) => {
    const admit = pathsWithin([join(top, 'link-to-slides')]);
    expect(await admit(join(top, 'link-to-slides', 'day 1', 'a.tif'))).toBeUndefined();
    expect(await admit(join(top, 'slides', 'day 1', 'a.tif'))).toBeUndefined();
    expect(await admit(join(top, 'slides', 'others', 'b.tif'))).toMatch(/outside/);
  }));

test.each([
  '/etc/passwd',
  'TOP/slides-of-others/b.tif',
  'TOP/slides/../slides-of-others/b.tif',
  'TOP/slides/others/b.tif',
  'TOP/slides/etc/passwd',
  'TOP/slides/etc/no-such-file',
  'TOP/slides/today/../../etc/passwd',
  'TOP/slides/../../../../../../../../etc/passwd',
  'TOP/slides\u0000/../etc/passwd',
  'TOP/slides/\ud800',
  'slides/day 1/a.tif',
  '',
  '.',
  '~/slides',
])('%j leads out of the root, and is refused', (path) =>
  withTree(async (top) => {
    const admit = pathsWithin([join(top, 'slides')]);
    expect(await admit(path.replace('TOP', top))).toMatch(/./);
  }),
);

test('of a path outside nothing is told, not even whether it is there', () =>
  withTree(async (top) => {
    const admit = pathsWithin([join(top, 'slides')]);
    const there = await admit(join(top, 'slides-of-others', 'b.tif'));
    expect(await admit(join(top, 'slides-of-others', 'no such file'))).toBe(there);
    expect(await admit(join(top, 'slides', 'etc', 'passwd'))).toBe(there);
    expect(await admit(join(top, 'slides', 'etc', 'no-such-file'))).toBe(there);
  }));

test('a path longer than the system takes is refused before it is asked', () =>
  withTree(async (top) => {
    const admit = pathsWithin([top]);
    expect(await admit(`${top}/${'x/'.repeat(3000)}`)).toMatch(/longer/);
  }));

test('without a root nothing may be read', async () => {
  expect(await pathsWithin([])('/tmp')).toMatch(/mount-roots/);
  expect(await pathsWithin(['/no/such/root'])('/no/such/root/a')).toMatch(/outside/);
});

test('whatever is admitted lies below the root when its links are followed', () =>
  withTree(async (top) => {
    const root = join(top, 'slides');
    const admit = pathsWithin([root]);
    const step = fc.oneof(
      fc.constantFrom('..', '.', '', 'day 1', 'today', 'others', 'etc', 'slides', 'a.tif'),
      fc.string({ maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const path = `${root}/${steps.join('/')}`;
        if ((await admit(path)) !== undefined) return;
        const real = await realpath(posix.normalize(path)).catch(() => root);
        expect(`${real}/`.startsWith(`${root}/`)).toBe(true);
      }),
    );
  }));

test.each([
  ['slide 1.tif', 'slide 1.tif'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\slide.svs', 'slide.svs'],
  ['..', 'file'],
  ['', 'file'],
  ['/', 'file'],
  ['.bashrc', 'bashrc'],
  ['--help', 'help'],
  ['a\u0000b\nc\u001b[2J.tif', 'a_b_c_[2J.tif'],
  ['gnp.\u202eexe.png', 'gnp._exe.png'],
])('the name %j becomes %j', (wanted, name) => {
  expect(safeFileName(wanted)).toBe(name);
});

test('a name that is too long keeps its extension', () => {
  expect(safeFileName(`${'é'.repeat(300)}.ome.tiff`)).toBe(`${'é'.repeat(97)}.tiff`);
});

test('any text becomes a name that stays in its folder, and a name made safe stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (wanted) => {
      const name = safeFileName(wanted);
      expect(join('/folder', name)).toBe(`/folder/${name}`);
      expect(name).not.toMatch(/^[.-]|[\p{C}/\\]/u);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(safeFileName(name)).toBe(name);
    }),
  );
});
