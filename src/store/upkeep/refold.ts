import { foldEvents, type CreatedFacts, type RunRecord } from '../../runner/index.ts';
import type { Database } from '../database.ts';
import { readEvents } from '../journal.ts';
import { changingPart, FOLDED_COLUMNS, foldedValues } from '../record-row.ts';

/** A run's record, from its events alone. Throws when they cannot be folded. */
export const refolded = (database: Database, runId: string): RunRecord =>
  foldEvents(readEvents(database, runId));

/** Writes a run's record, and its columns in the list, again from its events. */
export function refold(database: Database, runId: string): void {
  database.transaction(() => {
    const [first] = readEvents(database, runId);
    const record = refolded(database, runId);
    if (first?.type !== 'created') throw new TypeError('a run that folds begins with its creation');
    const { type: _type, runId: _runId, seq: _seq, at: _at, ...created } = first;
    database.run(
      `UPDATE runs SET ${FOLDED_COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE run_id = ?`,
      ...foldedValues(record),
      runId,
    );
    database.run(
      `INSERT INTO records (run, body) SELECT id, ? FROM runs WHERE run_id = ?
       ON CONFLICT (run) DO UPDATE SET body = excluded.body`,
      ...[changingPart({ ...record, ...sameParts(created, record) }, created), runId],
    );
  });
}

/** The fold hands on what the creation said: told apart by identity, it is not written twice. */
const sameParts = (created: CreatedFacts, record: RunRecord): Partial<RunRecord> =>
  Object.fromEntries(
    Object.entries(created).filter(
      ([key, value]) => JSON.stringify(record[key as keyof RunRecord]) === JSON.stringify(value),
    ),
  );
