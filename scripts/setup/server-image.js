import { copyFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import { lastLines, run } from './run.js';

/** Copying two hundred megabytes on a busy machine. */
const BUILD_MS = 10 * 60_000;

/**
 * Builds the image of the processing server from a folder into which the packed package was installed
 * (`npm install --global --prefix`); Node 24 is this clone's own.
 *
 * @param {{ root: string, prefix: string, tag: string, say?: (line: string) => void }} what
 */
export async function buildServerImage({ root, prefix, tag, say }) {
  copyFileSync(realpathSync(join(root, 'node_modules', '.bin', 'node')), join(prefix, 'node'));
  copyFileSync(join(root, 'packaging', 'health.js'), join(prefix, 'health.js'));
  const dockerfile = join(root, 'packaging', 'Dockerfile');
  // Nothing of it comes from a network.
  const args = ['build', '--network', 'none', '--tag', tag, '--file', dockerfile, prefix];
  const { ok, output } = await run('docker', args, { onLine: say, timeoutMs: BUILD_MS });
  if (!ok) throw new Error(`docker build ${tag} failed: ${lastLines(output, 6)}`);
}
