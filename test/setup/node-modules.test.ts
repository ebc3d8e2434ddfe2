import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { firstDifference } from '../../scripts/setup/node-modules.js';

type Packages = Record<string, { version?: string; optional?: boolean; link?: boolean }>;

/** A clone whose lock file wants some packages and whose node_modules has others. */
function clone(wanted: Packages, installed: Packages | undefined, withNode = true) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'cyto-run-clone-'));
  const write = (name: string, packages: Packages): void => {
    writeFileSync(join(folder.path, name), JSON.stringify({ packages }));
  };
  write('package-lock.json', { '': {}, ...wanted });
  if (installed === undefined) return folder;
  mkdirSync(join(folder.path, 'node_modules/.bin'), { recursive: true });
  write('node_modules/.package-lock.json', installed);
  if (withNode) writeFileSync(join(folder.path, 'node_modules/.bin/node'), '');
  return folder;
}

const yaml = { 'node_modules/yaml': { version: '2.9.1' } };

test('a clone without node_modules needs npm ci', () => {
  using folder = clone(yaml, undefined);
  expect(firstDifference(folder.path)).toContain('not there yet');
});

test('packages in the versions of the lock file need nothing, whatever else is there', () => {
  using folder = clone(yaml, { ...yaml, 'node_modules/extra': { version: '1.0.0' } });
  expect(firstDifference(folder.path)).toBeUndefined();
});

test('a package of another version needs npm ci', () => {
  using folder = clone(yaml, { 'node_modules/yaml': { version: '2.8.0' } });
  expect(firstDifference(folder.path)).toBe('node_modules/yaml is not 2.9.1');
});

test('an optional package for another platform may be absent', () => {
  using folder = clone({ 'node_modules/fsevents': { version: '2.0.0', optional: true } }, {});
  expect(firstDifference(folder.path)).toBeUndefined();
});

test('packages without the Node they bring need npm ci', () => {
  using folder = clone(yaml, yaml, false);
  expect(firstDifference(folder.path)).toContain('Node 24');
});
