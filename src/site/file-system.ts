import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Tells what this process sees of files from what any other does: two that have the same, on whatever
 * machine or in whatever container, find the same file under the same path. Undefined where the
 * system does not say (it is not Linux). Hashed: nobody is to learn of the machine by it.
 */
export function fileSystemId(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const mounts = readlinkSync('/proc/self/ns/mnt');
    const root = readlinkSync('/proc/self/root');
    return createHash('sha256').update([boot, mounts, root].join(' ')).digest('hex').slice(0, 32);
  } catch {
    return undefined;
  }
}
