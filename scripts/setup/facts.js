import { accessSync, constants, existsSync, readFileSync } from 'node:fs';

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
