import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { appNames } from './setup/app-images.js';
import { engines, otherEngines, packages, program, ROOT, setUpMachine } from './setup/machine.js';

/*
 * `npm test`: brings the machine to have what the tests need, then runs them under Node 24. What
 * cannot be had is told to the closing lines; where CI=true, it is a failure.
 */
const settled = await setUpMachine([
  ...packages(),
  ...program(),
  ...engines(appNames(ROOT)),
  ...otherEngines(),
]);
const missing = settled.filter((part) => !part.here).map(({ name, why }) => ({ name, why }));

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);
const { status } = spawnSync(bin('node'), [bin('vitest'), 'run', ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
  env: {
    ...process.env,
    CYTO_RUN_MISSING_PARTS: JSON.stringify(missing),
    // The reaper's image comes from a registry; every test removes what it starts.
    TESTCONTAINERS_RYUK_DISABLED: 'true',
  },
});
const failedForMissing = process.env.CI === 'true' && missing.length > 0;
process.exitCode = status === 0 && failedForMissing ? 1 : (status ?? 1);
