import { LIMITS } from '../base/limits.ts';
import type { RunStore } from '../store/index.ts';

/** The end of what a run wrote to stderr, as text; empty when it wrote nothing. */
export async function stderrTail(store: Pick<RunStore, 'readLog'>, runId: string): Promise<string> {
  const parts: Uint8Array[] = [];
  const log = store.readLog(runId, { stream: 'stderr', tailBytes: LIMITS.stderrTailBytesMax });
  for await (const { bytes } of log) parts.push(bytes);
  return new TextDecoder().decode(Buffer.concat(parts));
}
