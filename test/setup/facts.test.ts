import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import {
  controlsProcessors,
  controlsSwap,
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
  await using folder = await controlGroups(entries);
  expect(memoryControl(folder.path)).toBe(control);
  expect(hasHybridControlGroups(folder.path)).toBe(hybrid);
});

test.each([
  ['version 1', ['memory/', 'cpuset/', 'memory/memory.memsw.limit_in_bytes='], true, true],
  ['version 1, the kernel not counting swap', ['memory/', 'cpuset/'], false, true],
  ['version 1 without processors', ['memory/'], false, false],
  [
    'version 2',
    ['cgroup.controllers=cpuset memory', 'system.slice/', 'system.slice/memory.swap.max=max'],
    true,
    true,
  ],
  ['version 2 without either', ['cgroup.controllers=cpu memory', 'system.slice/'], false, false],
  ['no control groups', [], false, false],
])('swap and processors where there is %s', async (_title, entries, swap, processors) => {
  await using folder = await controlGroups(entries);
  const version = memoryControl(folder.path);
  expect(controlsSwap(version, folder.path)).toBe(swap);
  expect(controlsProcessors(version, folder.path)).toBe(processors);
});

/** A folder that looks as control groups do: `name/` is a folder, `name=text` a file. */
async function controlGroups(entries: readonly string[]): ReturnType<typeof temporaryFolder> {
  const folder = await temporaryFolder();
  for (const entry of entries) {
    const [name = '', text] = entry.split('=');
    if (text === undefined) mkdirSync(join(folder.path, name));
    else writeFileSync(join(folder.path, name), `${text}\n`);
  }
  return folder;
}
