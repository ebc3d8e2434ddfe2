import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import {
  hasHybridControlGroups,
  mayRaiseLimits,
  memoryControl,
} from '../../scripts/setup/facts.js';
import { temporaryFolder } from '../support/temporary-folder.ts';

test.each([
  ['000001ffffffffff', true],
  ['000001fffeffffff', false],
  ['0000000000000000', false],
])('whether capabilities %s raise limits: %s', (mask, expected) => {
  expect(mayRaiseLimits(`Name:\tnode\nCapEff:\t${mask}\nCapBnd:\t000001ffffffffff\n`)).toBe(
    expected,
  );
});

test.each([
  ['version 1', ['memory/', 'cpu/'], 'v1', false],
  ['both versions side by side', ['memory/', 'unified/'], 'v1', true],
  ['version 2 with memory', ['cgroup.controllers=cpu memory pids'], 'v2', false],
  ['version 2 without memory', ['cgroup.controllers=cpu pids'], 'none', false],
  ['no control groups', [], 'none', false],
])('memory control where there is %s', async (_title, entries, control, hybrid) => {
  await using folder = await temporaryFolder();
  for (const entry of entries) {
    const [name = '', text] = entry.split('=');
    if (text === undefined) mkdirSync(join(folder.path, name));
    else writeFileSync(join(folder.path, name), `${text}\n`);
  }
  expect(memoryControl(folder.path)).toBe(control);
  expect(hasHybridControlGroups(folder.path)).toBe(hybrid);
});
