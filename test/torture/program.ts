import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The server that is to be killed, compiled as the published program is: it starts in a third of the
 * time, and is killed a thousand times. Returns its path; two folders below the package, whose files it finds from there.
 */
export async function compiledProgram(): Promise<string> {
  const folder = join(ROOT, '.cache/torture');
  const bundle = await rolldown({
    input: join(ROOT, 'test/support/torture-server-program.ts'),
    platform: 'node',
    external: /^[^./]/,
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'server.js' });
  await bundle.close();
  return join(folder, 'server.js');
}
