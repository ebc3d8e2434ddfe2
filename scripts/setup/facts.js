import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';

/** Whether systemd runs this machine, and not merely lies on its disk. */
export const hasSystemd = () => existsSync('/run/systemd/system');

const CAP_SYS_RESOURCE = 24n;

/**
 * Whether this process may raise limits. The root of some virtual machines may not, and programs
 * that take it for granted fail.
 *
 * @param {string} [status] text of /proc/self/status
 */
export function mayRaiseLimits(status = readFileSync('/proc/self/status', 'utf8')) {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & (1n << CAP_SYS_RESOURCE)) !== 0n;
}

/**
 * How memory can be limited here: by which version of control groups, or not at all.
 *
 * @param {string} [root] where they are mounted
 * @returns {'v1' | 'v2' | 'none'}
 */
export function memoryControl(root = '/sys/fs/cgroup') {
  if (isWritable(`${root}/memory`)) return 'v1';
  const controllers = `${root}/cgroup.controllers`;
  if (!existsSync(controllers) || !isWritable(root)) return 'none';
  return readFileSync(controllers, 'utf8').split(/\s/).includes('memory') ? 'v2' : 'none';
}

/**
 * Whether a group of that version can also be kept from swapping. Kernels may be built or booted
 * without it.
 *
 * @param {'v1' | 'v2' | 'none'} version
 * @param {string} [root] where they are mounted
 */
export function controlsSwap(version, root = '/sys/fs/cgroup') {
  if (version === 'v1') return existsSync(`${root}/memory/memory.memsw.limit_in_bytes`);
  // The uppermost group of all has no limits: those below it have.
  return version === 'v2' && groupsIn(root).some((group) => existsSync(`${group}/memory.swap.max`));
}

const groupsIn = (root) => [root, ...readdirSync(root).map((name) => `${root}/${name}`)];

/**
 * Whether processes can be bound to processors by groups of that version.
 *
 * @param {'v1' | 'v2' | 'none'} version
 * @param {string} [root] where they are mounted
 */
export function controlsProcessors(version, root = '/sys/fs/cgroup') {
  if (version === 'v1') return isWritable(`${root}/cpuset`);
  const controllers = `${root}/cgroup.controllers`;
  return version === 'v2' && readFileSync(controllers, 'utf8').split(/\s/).includes('cpuset');
}

/** Both versions mounted side by side, which crun refuses. */
export const hasHybridControlGroups = (root = '/sys/fs/cgroup') =>
  existsSync(`${root}/unified`) && existsSync(`${root}/memory`);

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
