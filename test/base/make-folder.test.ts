import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makeFolder } from '../../src/base/make-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('makes a folder with those above it, all with the mode that is asked for', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a/b/c');
  makeFolder(path, 0o700);
  for (const made of ['a', 'a/b', 'a/b/c'])
    expect(statSync(join(folder.path, made)).mode & 0o777).toBe(0o700);
  makeFolder(path, 0o700);
});

test('takes a link to a folder for the folder', async () => {
  await using folder = await temporaryFolder();
  mkdirSync(join(folder.path, 'real'));
  symlinkSync('real', join(folder.path, 'link'));
  makeFolder(join(folder.path, 'link/inside'));
  expect(existsSync(join(folder.path, 'real/inside'))).toBe(true);
});

test('a file in the way is an error', async () => {
  await using folder = await temporaryFolder();
  writeFileSync(join(folder.path, 'file'), '');
  expect(() => {
    makeFolder(join(folder.path, 'file'));
  }).toThrow('EEXIST');
  expect(() => {
    makeFolder(join(folder.path, 'file/inside'));
  }).toThrow('ENOTDIR');
});

test.skipIf(!existsSync('/proc/self'))('where nothing can be made, it says so and ends', () => {
  expect(() => {
    makeFolder('/proc/cyto-run/results');
  }).toThrow('ENOENT');
});
