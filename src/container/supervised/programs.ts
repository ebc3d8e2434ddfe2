import { accessSync, constants, statSync } from 'node:fs';
import { posix } from 'node:path';

/** Where a program lies: as it is with a slash in its name, else the first of PATH that can be executed. */
export function findProgram(name: string, path: string | undefined): string | undefined {
  const candidates = name.includes('/')
    ? [name]
    : (path ?? DEFAULT_PATH).split(':').map((folder) => posix.join(folder || '.', name));
  return candidates.find(isExecutable);
}

/** Where POSIX shells look without PATH, and where administrators put things. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Those of our own variables that are named, where they are set. */
export const inheritedVariables = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
