import { statfs } from 'node:fs/promises';

import { LIMITS } from '../../base/limits.ts';
import type { EngineName } from '../../container/index.ts';
import type { Engines } from '../../site/index.ts';
import type { RunStore } from '../../store/index.ts';
import type { Need } from './health.ts';

/** What a server of a data folder needs: its engines, a database it can write, room on the disk. */
export const needsOf = (
  store: RunStore,
  engines: Engines,
  engine: EngineName | undefined,
): Readonly<Record<string, Need>> => ({
  // Without one in the configuration each run has its own: that one of them answers says nothing.
  ...(engine === undefined
    ? {}
    : {
        engine: async () => {
          await (await engines.open(engine)).version();
        },
      }),
  store: async () => {
    await Promise.resolve();
    store.upkeep.touch();
  },
  disk: async () => {
    const free = await freeBytes(store.folder);
    if (free < LIMITS.diskFreeBytesMin)
      throw new Error(
        `${free} bytes are free where ${store.folder} lies, less than ${LIMITS.diskFreeBytesMin}`,
      );
  },
});

/** Bytes that may still be written where a folder lies. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
