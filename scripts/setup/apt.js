import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { together } from './apt-queue.js';
import { hasSystemd } from './facts.js';
import { lastLines, run } from './run.js';

/** Another apt may be at work (a machine's first boot): wait for its lock instead of failing. */
const LOCK_WAIT_SECONDS = 300;
/** The largest set we ask for is 100 MB. */
const INSTALL_MS = 10 * 60_000;
const LISTS = '/var/lib/apt/lists';
const UNIT_MS = 60_000;
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

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
 * Installs Debian packages, without what they merely recommend and without starting the services
 * among them: whoever wants one starts it. What several parts ask for at the same time is one call.
 *
 * @type {(packages: readonly string[], say: (line: string) => void) => Promise<void>}
 *   rejects with apt's last lines
 */
export const aptInstall = together(withServicesAsleep(installNow));

/** Refreshes the package lists when there are none, or when those there turn out to be too old. */
async function installNow(packages, say) {
  const listed = existsSync(LISTS) && readdirSync(LISTS).some((file) => file.includes('_Packages'));
  if (!listed) await refreshLists(say);
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

/**
 * While the work is done, packages may not start services. A machine that has a policy keeps its
 * own; ours holds only as long as this process lives, so one that is left behind forbids nothing.
 */
function withServicesAsleep(work) {
  return async (packages, say) => {
    const ours = !existsSync(SERVICE_POLICY);
    if (ours) {
      const whileWeLive = `#!/bin/sh\n[ -d /proc/${process.pid} ] && exit 101\nexit 0\n`;
      writeFileSync(SERVICE_POLICY, whileWeLive, { mode: 0o755 });
    }
    try {
      await work(packages, say);
    } finally {
      if (ours) rmSync(SERVICE_POLICY, { force: true });
    }
  };
}

/**
 * Services that a package of ours brought along are not to come up with the machine: where systemd
 * enabled them, it forgets them again. Only for packages that were not here before.
 */
export async function keepFromBoot(units) {
  if (hasSystemd()) await run('systemctl', ['disable', ...units], { timeoutMs: UNIT_MS });
}

/** Fetches the lists of packages anew. */
export async function refreshLists(say) {
  say('apt-get update');
  // One unreachable extra source must not stop us: the install says what is really missing.
  await aptGet(['update']);
}

const install = (packages) => aptGet(['install', '-y', '--no-install-recommends', ...packages]);

/** Runs apt-get without questions. */
export const aptGet = (args, cwd) =>
  run('apt-get', ['-q', '-o', `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`, ...args], {
    cwd,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: INSTALL_MS,
  });
