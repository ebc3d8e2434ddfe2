import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { packages, ROOT, setUpMachine } from './setup/machine.js';
import { run } from './setup/run.js';

/*
 * `npm run check`: the one gate. Every step runs, whatever the others find, two at a time, and every
 * failure is shown in full. Steps are ordered longest first.
 */
const STEPS = [
  {
    title: 'eslint, with the layers of layers.js',
    tool: 'eslint',
    args: ['.', '--max-warnings=0'],
  },
  { title: 'types', tool: 'tsc', args: ['-p', 'tsconfig.json'] },
  { title: 'no dead code', tool: 'knip', args: ['--no-progress'] },
  { title: 'formatting', tool: 'prettier', args: ['--check', '.'] },
  { title: 'the repository itself', tool: 'vitest', args: ['run', 'test/tidy'] },
];
const AT_ONCE = 2;

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);
const [dependencies] = await setUpMachine(packages());
if (!dependencies.here) process.exit(1);

const waiting = STEPS.values();
const failed = [];
await Promise.all(Array.from({ length: AT_ONCE }, runSteps));

const total = (performance.now() / 1000).toFixed(1);
console.log(
  failed.length === 0
    ? `\ncheck: all ${STEPS.length} steps pass (${total} s)`
    : `\ncheck: ${failed.length} of ${STEPS.length} steps fail: ${failed.join('; ')} (${total} s)`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function runSteps() {
  for (const { title, tool, args } of waiting) {
    const startedAt = performance.now();
    const { ok, output } = await run(bin('node'), [bin(tool), ...args], { cwd: ROOT });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${title} (${tool} ${args.join(' ')}, ${seconds} s)`);
    if (ok) continue;
    failed.push(title);
    console.log(`${output}\n`);
  }
}
