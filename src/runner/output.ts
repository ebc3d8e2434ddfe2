import { LIMITS } from '../base/limits.ts';
import type { LogOffsets, OutputChunk, StartedContainer } from '../container/index.ts';
import type { RunPorts } from './execute-run.ts';
import { progressReader, type Progress } from './progress.ts';

/** What is known of the app's output once it has ended. */
export interface StreamedOutput {
  readonly offsets: LogOffsets;
  /** The end of stderr (or of stdout when stderr is empty), as text. */
  readonly tail: string;
}

/**
 * Copies the container's output to the run's log, to the observer and to the progress reader,
 * behind what the log already holds. Rejects with `disk-full` when the log cannot be written.
 */
export async function streamOutput(
  runId: string,
  container: StartedContainer,
  ports: RunPorts,
): Promise<StreamedOutput> {
  await using log = ports.journal.openLog(runId);
  const progress = progressRecorder(runId, ports);
  for await (const chunk of container.output(log.offsets)) {
    await log.write(chunk);
    ports.observer.onOutput?.(chunk);
    progress.push(chunk);
  }
  progress.flush();
  return { offsets: log.offsets, tail: await log.tail() };
}

/** Writes progress down at most once in `LIMITS.progressEventMs`, and the last one always. */
function progressRecorder(
  runId: string,
  { journal, clock, observer }: RunPorts,
): { push(chunk: OutputChunk): void; flush(): void } {
  const reader = progressReader();
  let pending: Progress | undefined;
  let noted: Omit<Progress, 'source'> | undefined;
  let notedMs = -Infinity;
  const flush = (): void => {
    if (pending === undefined) return;
    const { percent, message } = pending;
    const changed = noted?.percent !== percent || noted.message !== message;
    pending = undefined;
    if (!changed) return;
    noted = { percent, ...(message === undefined ? {} : { message }) };
    notedMs = clock.monotonicMs();
    const record = journal.append(runId, [{ type: 'progress', ...noted }]);
    observer.onRecord?.(record);
  };
  return {
    push: (chunk) => {
      pending = reader.push(chunk) ?? pending;
      if (clock.monotonicMs() - notedMs >= LIMITS.progressEventMs) flush();
    },
    flush,
  };
}
