import type { Clock } from '../base/clock.ts';
import type { LogOffsets, OutputChunk } from './engine.ts';

/** A program's stdout and stderr as two growing files, here or elsewhere. */
export interface OutputFiles {
  /**
   * What lies behind `offsets`, a bounded piece of each stream; nothing where nothing is (yet). Both
   * streams in one question: it may cross a network.
   */
  read(offsets: LogOffsets): Promise<readonly OutputChunk[]>;
}

export interface Following {
  readonly from: LogOffsets;
  /** Settles when the program has ended: all it wrote is in the files by then. */
  readonly ended: Promise<unknown>;
  readonly clock: Clock;
  /** Between two questions while nothing comes. */
  readonly pollMs: number;
}

/** Everything the program writes behind `from`, each stream in order, until it has ended. */
export async function* followOutput(
  files: OutputFiles,
  { from, ended, clock, pollMs }: Following,
): AsyncGenerator<OutputChunk> {
  const offsets = { ...from };
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  ended.then(end, end);
  for (;;) {
    // Asked before the files are read: what was written until the end is then surely seen.
    const isOver = over.signal.aborted;
    const chunks = await files.read(offsets);
    for (const chunk of chunks) {
      offsets[chunk.stream] += chunk.bytes.length;
      yield chunk;
    }
    if (chunks.length > 0) continue;
    if (isOver) return;
    await clock.sleep(pollMs, over.signal);
  }
}
