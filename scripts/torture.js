import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { packages, ROOT, setUpMachine } from './setup/machine.js';

/* `npm run torture -- --kills 1000 --seed 1`: kills servers while real containers run, and looks what became of all. */
const [dependencies] = await setUpMachine(packages());
if (!dependencies.here) process.exit(1);
const { status } = spawnSync(
  join(ROOT, 'node_modules/.bin/node'),
  [join(ROOT, 'test/support/torture-program.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit', cwd: ROOT },
);
process.exitCode = status ?? 1;
