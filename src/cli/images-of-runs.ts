import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { localImages } from '../container/docker/index.ts';
import { isTerminal, RUN_STATES } from '../runner/index.ts';
import type { RunStore } from '../store/index.ts';

/** The runs that have not ended, by the file or folder that is their image. */
export function imagesInUse(store: RunStore): ReadonlyMap<string, readonly string[]> {
  const states = RUN_STATES.filter((state) => !isTerminal(state));
  const users = new Map<string, string[]>();
  let cursor: string | undefined;
  do {
    const page = store.list({
      states,
      limit: LIMITS.runsPageMax,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { runId } of page.runs) {
      const id = store.read(runId).image?.id;
      if (id !== undefined) users.set(id, [...(users.get(id) ?? []), runId]);
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return users;
}

/** An image that recorded runs used and a Docker engine keeps. */
export interface DockerImage {
  readonly id: string;
  readonly reference: string;
  readonly sizeBytes: number;
  /** How many of the newest runs used it, and when the newest of them was created. */
  readonly runs: number;
  readonly usedAt: string;
  /** `unknown`: Docker does not answer. */
  readonly present: boolean | 'unknown';
}

/** The images of the newest runs that are Docker's, and whether it still has them. */
export async function dockerImages(
  store: RunStore,
  signal: AbortSignal,
): Promise<readonly DockerImage[]> {
  const found = new Map<string, Omit<DockerImage, 'present'>>();
  for (const { runId, createdAt } of store.list({ limit: LIMITS.runsPageMax }).runs) {
    const { image } = store.read(runId);
    if (image?.id.startsWith('sha256:') !== true) continue;
    const { id, reference, sizeBytes } = image;
    const known = found.get(id) ?? { id, reference, sizeBytes, runs: 0, usedAt: createdAt };
    found.set(id, { ...known, runs: known.runs + 1 });
  }
  const docker = localImages();
  return Promise.all(
    [...found.values()].map(async (image) => ({
      ...image,
      present: await isPresent(() => docker.find(image.id, signal)),
    })),
  );
}

async function isPresent(find: () => Promise<unknown>): Promise<DockerImage['present']> {
  try {
    return (await find()) !== undefined;
  } catch (error) {
    if (error instanceof RunnerError) return 'unknown';
    throw error;
  }
}
