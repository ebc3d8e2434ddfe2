import { LIMITS } from '../base/limits.ts';
import type { PullProgress } from '../container/index.ts';
import type { RunPorts } from './execute-run.ts';

/**
 * Tells the observer of each step of a pull, and writes down now and then how far it is, for whoever
 * asks later or from elsewhere why the run waits. A short pull is not written down at all.
 */
export function pullTeller(
  runId: string,
  { journal, clock, observer }: RunPorts,
): (progress: PullProgress) => void {
  let notedMs = clock.monotonicMs();
  return (progress) => {
    observer.onPull?.(progress);
    if (clock.monotonicMs() - notedMs < LIMITS.pullEventMs) return;
    notedMs = clock.monotonicMs();
    const record = journal.append(runId, [
      { type: 'waiting', code: 'image-pull', message: pullText(progress) },
    ]);
    observer.onRecord?.(record);
  };
}

/** `pulling 3.2 of 17 GB`. */
export const pullText = (progress: PullProgress): string => `pulling ${amountOf(progress)}`;

/** What is received has the unit of the whole. */
function amountOf({ receivedBytes, totalBytes }: PullProgress): string {
  const [unit, bytes] =
    UNITS.find(([, size]) => (totalBytes ?? receivedBytes) >= size) ?? SMALLEST_UNIT;
  const received = digits(receivedBytes / bytes);
  return totalBytes === undefined
    ? `${received} ${unit} so far`
    : `${received} of ${digits(totalBytes / bytes)} ${unit}`;
}

const UNITS = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;
const SMALLEST_UNIT = ['kB', 1e3] as const;

const digits = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
