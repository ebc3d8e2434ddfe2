import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { lastLines, run } from './run.js';

/** Another apt may be at work (a machine's first boot): wait for its lock instead of failing. */
const LOCK_WAIT_SECONDS = 300;
/** The largest set we ask for is 70 MB. */
const INSTALL_MS = 10 * 60_000;
const LISTS = '/var/lib/apt/lists';

export const isRoot = () => process.getuid?.() === 0;

/** Whether a command of this name can be run. */
export const hasCommand = (name, path = process.env.PATH ?? '') =>
  path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));

/** Why packages cannot be installed here, or undefined when they can. */
export function whyNoApt() {
  if (!hasCommand('apt-get')) return 'this machine has no apt-get';
  if (!isRoot()) return 'only root can install packages';
  return undefined;
}

/**
 * Installs Debian packages, without what they merely recommend. Refreshes the package lists when
 * there are none, or when those there turn out to be too old.
 *
 * @param {readonly string[]} packages
 * @param {(line: string) => void} say
 * @throws {Error} with apt's last lines
 */
export async function aptInstall(packages, say) {
  const listed = existsSync(LISTS) && readdirSync(LISTS).some((file) => file.includes('_Packages'));
  if (!listed) await refreshLists(say);
  say(`apt-get install ${packages.join(' ')}`);
  const first = await install(packages);
  if (first.ok) return;
  if (listed) {
    await refreshLists(say);
    const second = await install(packages);
    if (second.ok) return;
    throw new Error(`apt-get install failed: ${lastLines(second.output)}`);
  }
  throw new Error(`apt-get install failed: ${lastLines(first.output)}`);
}

async function refreshLists(say) {
  say('apt-get update');
  // One unreachable extra source must not stop us: the install says what is really missing.
  await aptGet(['update']);
}

const install = (packages) => aptGet(['install', '-y', '--no-install-recommends', ...packages]);

const aptGet = (args) =>
  run('apt-get', ['-q', '-o', `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: INSTALL_MS,
  });
