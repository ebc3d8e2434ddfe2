import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { inTurn } from './apt-queue.js';
import { aptGet, refreshLists } from './apt.js';
import { lastLines, run } from './run.js';

const ANSWER_MS = 30_000;
const DEBIAN_KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * A private view of another suite of the Debian mirror this machine's apt uses: packages are
 * fetched from it into a folder, and the machine's own lists and packages stay as they are.
 *
 * @param {{ suite: string, packages: readonly string[], folder: string }} wanted `folder` receives
 *   the .deb files
 * @param {(line: string) => void} say
 * @throws {Error} when apt knows no Debian mirror, or says why it fails
 */
export async function aptFetch({ suite, packages, folder }, say) {
  const mirror = await debianMirror(say);
  const parts = join(folder, 'sources');
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  mkdirSync(parts);
  const signed = existsSync(DEBIAN_KEYS) ? `Signed-By: ${DEBIAN_KEYS}\n` : '';
  const source = `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\n${signed}`;
  writeFileSync(join(parts, `${suite}.sources`), source);
  const view = [
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${parts}`,
    `Dir::State::Lists=${join(folder, 'lists')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    // A mirror may be weeks behind, or this machine's clock ahead; signatures are checked all the same.
    'Acquire::Check-Valid-Until=false',
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  // apt may be told to empty its archive after each update: not while another call fills it.
  await inTurn(async () => {
    say(`list of Debian ${suite}`);
    await mustApt([...view, 'update'], folder);
    say(`apt-get download ${packages.join(' ')}, from Debian ${suite}`);
    await mustApt([...view, 'download', ...packages.map((name) => `${name}/${suite}`)], folder);
  });
}

/** Where this machine's apt gets Debian's main section from. */
async function debianMirror(say) {
  const known = mirrorIn(await indexTargets());
  if (known !== undefined) return known;
  // Where the lists were cleared away, apt does not know yet whose mirrors these are.
  await inTurn(() => refreshLists(say));
  const mirror = mirrorIn(await indexTargets());
  if (mirror === undefined) throw new Error("this machine's apt has no Debian mirror");
  return mirror;
}

async function indexTargets() {
  const format = '$(REPO_URI) $(ORIGIN) $(COMPONENT) $(CODENAME)';
  const args = ['indextargets', 'Created-By: Packages', '--format', format];
  return (await run('apt-get', args, { timeoutMs: ANSWER_MS })).output;
}

/**
 * The first Debian mirror in apt's list of index targets (`URI ORIGIN COMPONENT CODENAME` a line)
 * that carries a whole release: the updates of one live elsewhere.
 *
 * @param {string} targets
 */
export function mirrorIn(targets) {
  const mirrors = targets
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, origin, component]) => origin === 'Debian' && component === 'main');
  return mirrors.find(([, , , codename]) => /^[a-z]+$/.test(codename ?? ''))?.[0];
}

async function mustApt(args, cwd) {
  const { ok, output } = await aptGet(args, cwd);
  if (!ok) throw new Error(`apt-get ${args.at(-1)} failed: ${lastLines(output)}`);
}
