import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { COMPILED } from './setup/compiled-program.js';
import { engines, packages, program, ROOT, setUpMachine } from './setup/machine.js';
import { run } from './setup/run.js';

/*
 * `npm run bench`: brings what the measurements need, as `npm test` does, makes a copy of the program as
 * it is published, and measures. `npm run bench:peers` (`--peers`) brings bosh and cwltool too, into the
 * cache folder of this clone.
 */
const CACHE = join(ROOT, '.cache', 'bench');
const PACKAGE = join(CACHE, 'package');
const PEERS = join(CACHE, 'peers');
const INSTALL_MS = 10 * 60_000;

const args = process.argv.slice(2);
const settled = await setUpMachine([...packages(), ...program(), ...engines(['probe'])]);
const missing = settled.filter(({ here }) => !here);
const compiled = settled.find(({ name }) => name === COMPILED);
if (compiled?.here !== true) {
  console.error(`the program as it is published cannot be measured: ${compiled?.why ?? ''}`);
  process.exit(1);
}
copyPackage();
const bin = (name) => join(ROOT, 'node_modules', '.bin', name);
const found = {
  root: ROOT,
  cache: CACHE,
  package: PACKAGE,
  ...(missing.length > 0
    ? { noEngine: missing.map(({ name, why }) => `${name}: ${why}`).join('; ') }
    : {}),
  peers: args.includes('--peers') ? await peers() : {},
};
const { status } = spawnSync(
  bin('node'),
  [join(ROOT, 'bench', 'bench.ts'), ...args.filter((word) => word !== '--peers')],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, CYTO_RUN_BENCH: JSON.stringify(found) } },
);
process.exitCode = status ?? 1;

/** What `npm i -g` would install, but for the libraries, which are the clone's. An edit meanwhile changes nothing. */
function copyPackage() {
  rmSync(PACKAGE, { recursive: true, force: true });
  mkdirSync(PACKAGE, { recursive: true });
  for (const name of ['bin', 'dist', 'schemas', 'web', 'package.json'])
    cpSync(join(ROOT, name), join(PACKAGE, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(PACKAGE, 'node_modules'));
}

/** bosh and cwltool in a Python environment of their own; those that cannot be had are left out, and said. */
async function peers() {
  const program = (name) => join(PEERS, 'bin', name);
  if (!existsSync(program('python'))) await attempt('python3', ['-m', 'venv', PEERS]);
  for (const [name, distribution] of [
    ['bosh', 'boutiques'],
    ['cwltool', 'cwltool'],
  ])
    if (!existsSync(program(name)))
      await attempt(program('python'), ['-m', 'pip', 'install', '--quiet', distribution]);
  const there = ['bosh', 'cwltool'].filter((name) => existsSync(program(name)));
  return Object.fromEntries([
    ...there.map((name) => [name, program(name)]),
    ...(there.includes('bosh') ? [['python', program('python')]] : []),
  ]);
}

async function attempt(command, words) {
  console.error(`${[command, ...words].join(' ')}`);
  const { ok, output } = await run(command, words, { timeoutMs: INSTALL_MS });
  if (!ok) console.error(`could not be had: ${output.trim().split('\n').at(-1)}`);
}
