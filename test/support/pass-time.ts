import type { ManualClock } from './manual-clock.ts';

/** Moves a clock on in steps of `stepMs` until `settled` has settled. */
export async function passTime(
  clock: ManualClock,
  stepMs: number,
  settled: Promise<unknown>,
): Promise<void> {
  const over = new AbortController();
  void settled
    .catch(() => undefined)
    .finally(() => {
      over.abort();
    });
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (over.signal.aborted) return;
    clock.advance(stepMs);
  }
}
