import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** Runs a suite of these files in a vitest of its own, as `npm test` does; its last lines. */
function closingLines(files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): string[] {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'cyto-run-suite-'));
  symlinkSync(resolve('node_modules'), join(folder.path, 'node_modules'));
  for (const [name, text] of Object.entries(files))
    writeFileSync(
      join(folder.path, name),
      `import { describe, expect, test } from 'vitest';${text}`,
    );
  const reporter = resolve('test/closing-line-reporter.ts');
  const args = ['run', '--root', folder.path, '--reporter=default', `--reporter=${reporter}`];
  const { stdout } = spawnSync(
    process.execPath,
    [resolve('node_modules/vitest/vitest.mjs'), ...args],
    { encoding: 'utf8', env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env } },
  );
  return stdout.trimEnd().split('\n');
}

const SUITE = {
  'a.test.ts': `
    test('what holds is true', () => {});
    test('what fails is told', () => { expect(1).toBe(2); });
    describe.skip('engine (skipped: no engine (here) answers)', () => { test('what is left out counts', () => {}); });`,
  'b.test.ts': `import './not-there.ts';`,
};

test('the last line counts what passed, failed and was skipped; a file that cannot be loaded failed', () => {
  expect(closingLines(SUITE, {}).at(-1)).toBe('1 passed, 2 failed, 1 skipped');
});

test('the lines before it say which parts were missing and why tests were skipped', () => {
  const CYTO_RUN_MISSING_PARTS = JSON.stringify([{ name: 'Docker engine', why: 'no root' }]);
  expect(closingLines(SUITE, { CYTO_RUN_MISSING_PARTS }).slice(-4, -1)).toEqual([
    'Missing here:',
    '  Docker engine: no root',
    'Skipped (1): no engine (here) answers',
  ]);
});

test('what a test has to say to the reader of the run comes first', () => {
  const suite = `test('what holds is true', ({ task }) => { task.meta.closingLines = ['table', '  1 2']; });`;
  expect(closingLines({ 'a.test.ts': suite }, {}).slice(-3)).toEqual([
    'table',
    '  1 2',
    '1 passed, 0 failed, 0 skipped',
  ]);
});
