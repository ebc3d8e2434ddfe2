import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { COMMANDS } from '../../src/cli/commands.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/commands-page.js');
const PAGE = join(import.meta.dirname, '../../docs/commands.md');

test('the page of commands is what the table of commands says', () => {
  const { stderr, status } = spawnSync(process.execPath, [SCRIPT, '--check'], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

test('a code span of the page holds nothing that is escaped', () => {
  const spans = readFileSync(PAGE, 'utf8').match(/`[^`\n]+`/g) ?? [];
  expect(spans).toContain("`--each 'slide=data/*.tif'`");
  expect(spans.filter((span) => span.includes('\\'))).toEqual([]);
});

test('every command and every flag says what it does', () => {
  const silent = COMMANDS.flatMap(({ usage, describe, options }) => [
    ...(describe === '' ? [usage] : []),
    ...Object.entries(options)
      .filter(([, option]) => (option.describe ?? '') === '')
      .map(([name]) => `${usage} --${name}`),
  ]);
  expect(silent).toEqual([]);
});

test('the commands about descriptors have examples and say what their exit codes mean', () => {
  const names = ['validate', 'describe', 'schema', 'example', 'command', 'test', 'fmt', 'init'];
  for (const name of names) {
    const command = COMMANDS.find(({ usage }) => usage.startsWith(`${name} `));
    expect(command?.examples?.length, name).toBeGreaterThan(0);
    expect(command?.exitCodes?.length, name).toBeGreaterThan(0);
  }
});
