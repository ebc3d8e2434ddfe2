import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { engines, packages, ROOT, setUpMachine } from './setup/machine.js';
import { run } from './setup/run.js';
import { buildServerImage } from './setup/server-image.js';

/*
 * `npm run image [NAME:TAG]`: the processing server as an image, `cyto-run/server:VERSION` unless named
 * otherwise. The package is packed and installed here; the image is made of what that leaves.
 */
const settled = await setUpMachine([...packages(), ...engines([])]);
const missing = settled.filter(({ here }) => !here);
for (const { name, why } of missing) console.error(`${name}: ${why}`);
if (missing.length > 0) process.exit(69);

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const tag = process.argv[2] ?? `cyto-run/server:${version}`;
const prefix = mkdtempSync(join(tmpdir(), 'cyto-run-image-'));
try {
  const packed = await npm('pack', '--json', '--pack-destination', prefix);
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n')));
  const tarball = join(prefix, filename);
  await npm('install', '--global', '--prefix', prefix, '--omit=dev', tarball);
  await buildServerImage({ root: ROOT, prefix, tag, say: (line) => console.error(line) });
  console.log(tag);
} finally {
  rmSync(prefix, { recursive: true, force: true });
}

async function npm(...args) {
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund'];
  const { ok, output } = await run('npm', [...args, ...quiet], { cwd: ROOT });
  if (!ok) throw new Error(`npm ${args[0]} failed: ${output}`);
  return output;
}
