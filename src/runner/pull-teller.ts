import { fileSize } from '../base/file-size.ts';
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

/** `pulling 3.20 GB of 17.0 GB`. */
export const pullText = ({ receivedBytes, totalBytes }: PullProgress): string =>
  totalBytes === undefined
    ? `pulling, ${fileSize(receivedBytes)} so far`
    : `pulling ${fileSize(receivedBytes)} of ${fileSize(totalBytes)}`;
