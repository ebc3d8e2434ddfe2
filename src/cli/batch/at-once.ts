/**
 * Does pieces of work in their order, at most `limit` at a time. After `stop` has fired, or one has
 * thrown, no further one begins; throws the first error once those that had begun have ended.
 */
export async function atOnce(
  work: readonly (() => Promise<unknown>)[],
  limit: number,
  stop: AbortSignal,
): Promise<void> {
  const waiting = work.values();
  const faults: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const piece of waiting) {
      if (stop.aborted || faults.length > 0) return;
      await piece().catch((error: unknown) => faults.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, work.length) }, worker));
  if (faults.length > 0) throw faults[0];
}
