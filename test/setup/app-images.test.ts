import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { appNames, imageOf, sourceHash } from '../../scripts/setup/app-images.js';

/** A folder with these files. */
function folderOf(files: Readonly<Record<string, string>>) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'cyto-run-apps-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder.path, name, '..'), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  }
  return folder;
}

const hashOf = (files: Readonly<Record<string, string>>): string => {
  using folder = folderOf(files);
  return sourceHash(folder.path);
};

test('an image is built again when a source changes its content, its name or its place', () => {
  const hashes = [
    hashOf({ 'run.py': 'a' }),
    hashOf({ 'run.py': 'b' }),
    hashOf({ 'main.py': 'a' }),
    hashOf({ 'code/run.py': 'a' }),
    hashOf({ 'run.py': '', a: '' }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('the same sources in another place, and what Python leaves beside them, change nothing', () => {
  const sources = { 'run.py': 'a', Dockerfile: 'FROM x' };
  expect(hashOf({ ...sources, '__pycache__/run.pyc': 'x' })).toBe(hashOf(sources));
});

test('an app is a folder with a Dockerfile, and its image is named for it', () => {
  using folder = folderOf({
    'apps/probe/Dockerfile': '',
    'apps/blur/Dockerfile': '',
    'apps/samples/picture.png': '',
    'apps/README.md': '',
  });
  expect(appNames(folder.path).map(imageOf)).toEqual(['cyto-run/blur:1', 'cyto-run/probe:1']);
});
