import { LIMITS } from '../../base/limits.ts';
import type { RunRecord } from '../../runner/index.ts';
import type { ServerContext } from '../context.ts';

/**
 * Ends waiting runs that another process asks to stop (`cyto-run cancel`), until the server stops. Runs
 * that have begun look after that themselves.
 */
export async function heedStops(
  { store, clock, dispatcher, stopping }: ServerContext,
  end: (record: RunRecord) => void,
  report: (error: unknown, runId: string) => void,
): Promise<void> {
  while (!stopping.aborted) {
    for (const record of stopsAsked(store, report))
      try {
        if (dispatcher.take(record.runId) !== undefined) end(record);
      } catch (error) {
        report(error, record.runId);
      }
    await clock.sleep(LIMITS.stopRequestPollMs, stopping, 'background');
  }
}

/** A store that cannot be read now may be at the next look. */
function stopsAsked(
  store: ServerContext['store'],
  report: (error: unknown, runId: string) => void,
): readonly RunRecord[] {
  try {
    return store.server.stopsAsked();
  } catch (error) {
    report(error, '');
    return [];
  }
}
