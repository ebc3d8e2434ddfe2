import { realpath } from 'node:fs/promises';
import { posix } from 'node:path';

import { LIMITS } from '../../base/limits.ts';
import { isWithin } from '../../runner/index.ts';

/** Says of a path of a client's what forbids it, as a clause; undefined: it may be read. */
export type AdmitPath = (path: string) => Promise<string | undefined>;

/**
 * Admits what lies in one of `roots`, before and after symbolic links are followed. Of a path outside
 * them nothing is told, not even whether it is there.
 *
 * @param roots absolute; one that is not there admits nothing
 */
export function pathsWithin(roots: readonly string[]): AdmitPath {
  const outside =
    roots.length === 0
      ? 'is a path of the server, and it reads none (mount-roots in its configuration)'
      : `lies outside the folders that this server reads (${roots.join(', ')})`;
  return async (path) => {
    const malformed = malformation(path);
    if (malformed !== undefined) return malformed;
    const plain = posix.normalize(path);
    const found = await Promise.all(roots.map(realOf));
    const real = found.filter((root) => root !== undefined);
    // Looked at only where the path itself says that it may be.
    if (![...roots, ...real].some((root) => isWithin(plain, posix.normalize(root)))) return outside;
    const target = await nearestReal(plain);
    return real.some((root) => isWithin(target, root)) ? undefined : outside;
  };
}

function malformation(path: string): string | undefined {
  if (!posix.isAbsolute(path)) return 'is not an absolute path';
  if (path.includes('\0')) return 'holds a NUL byte';
  if (!path.isWellFormed()) return 'is not well-formed text';
  return Buffer.byteLength(path) > LIMITS.pathBytesMax ? 'is longer than a path may be' : undefined;
}

const realOf = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);

/** The path with its links followed as far as it is there: what is missing below cannot lead away. */
async function nearestReal(path: string): Promise<string> {
  const found = await realOf(path);
  if (found !== undefined || path === '/') return found ?? path;
  return posix.join(await nearestReal(posix.dirname(path)), posix.basename(path));
}
