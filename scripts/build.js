import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { packages, ROOT, setUpMachine } from './setup/machine.js';
import { run } from './setup/run.js';

/*
 * `npm run build`: makes `dist/` afresh, as it is published: the command line in a few files, and the
 * library file by file with its types.
 */
const [dependencies] = await setUpMachine(packages());
if (!dependencies.here) process.exit(1);

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const bin = (name) => join(ROOT, 'node_modules', '.bin', name);
const library = await run(bin('node'), [bin('tsc'), '-p', 'tsconfig.build.json'], { cwd: ROOT });
if (!library.ok) {
  console.error(library.output);
  process.exit(1);
}
const { bundleProgram } = await import('./bundle.js');
await bundleProgram(ROOT);
