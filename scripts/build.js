import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { packages, ROOT, setUpMachine } from './setup/machine.js';
import { run } from './setup/run.js';

/* `npm run build`: emits `dist/`, which only the published package runs; a clone runs `src/`. */
const [dependencies] = await setUpMachine(packages());
if (!dependencies.here) process.exit(1);

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const bin = (name) => join(ROOT, 'node_modules', '.bin', name);
const tsc = await run(bin('node'), [bin('tsc'), '-p', 'tsconfig.build.json'], { cwd: ROOT });
if (!tsc.ok) {
  console.error(tsc.output);
  process.exitCode = 1;
}
