import type { RunState } from '../runner/index.ts';
import type { Database } from './database.ts';

/** What the list knows of a run: told without its record, of which some hold megabytes. */
export interface RunProgress {
  readonly owner: string;
  readonly state: RunState;
  /** The newest, begun or to come. */
  readonly attempt: number;
}

/** Undefined when there is no such run. */
export function progressOf(database: Database, runId: string): RunProgress | undefined {
  const row = database.get('SELECT owner, state, attempt FROM runs WHERE run_id = ?', runId);
  return (
    row && {
      owner: String(row['owner']),
      state: row['state'] as RunState,
      attempt: Number(row['attempt']),
    }
  );
}
