import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { attemptOf, isTerminal, type RunRecord } from '../../runner/index.ts';
import type { Database } from '../database.ts';
import { storeError } from '../faults.ts';
import { readRun, verifyRuns } from '../journal.ts';
import { refolded } from './refold.ts';
import type { Flaw } from './upkeep.ts';

/** Everything that is wrong in a data folder, the worst first. Other processes may write to it meanwhile. */
export function* flawsOf(database: Database, folder: string): Generator<Flaw> {
  let isSound = true;
  for (const flaw of databaseFlaws(database)) {
    isSound = false;
    yield flaw;
  }
  // What a damaged database says of files is not worth a look.
  if (!isSound) return;
  for (const { runId, problem } of verifyRuns(database))
    yield { kind: 'record', subject: runId, problem, ...remedyOf(database, runId) };
  yield* fileFlaws(database, folder);
  yield* folderFlaws(database, folder);
  yield* webhookFlaws(database);
}

function* databaseFlaws(database: Database): Generator<Flaw> {
  const problems = [
    ...database.all('PRAGMA integrity_check').map((row) => String(row['integrity_check'])),
    ...database
      .all('PRAGMA foreign_key_check')
      .map((row) => `a row of ${String(row['table'])} belongs to none of ${String(row['parent'])}`),
  ];
  for (const problem of problems)
    if (problem !== 'ok') yield { kind: 'database', subject: 'cyto-run.db', problem };
}

/** Events are the truth: where they can be folded, what follows from them can be written again. */
function remedyOf(database: Database, runId: string): { readonly remedy?: string } {
  try {
    refolded(database, runId);
    return { remedy: 'is written again from its events' };
  } catch {
    return {};
  }
}

/** Files that a record promises. A run is read anew for each: it may have been removed meanwhile. */
function* fileFlaws(database: Database, folder: string): Generator<Flaw> {
  for (const runId of runIdsOf(database)) {
    const record = recordOf(database, runId);
    if (record === undefined || !isTerminal(record.state)) continue;
    for (const problem of missingFiles(record, folder))
      if (recordOf(database, runId) !== undefined) yield { kind: 'files', subject: runId, problem };
  }
}

/** One after the other: a list of all would be large, and old before its end. */
function* runIdsOf(database: Database): Generator<string> {
  for (let id = 0; ;) {
    const row = database.get('SELECT id, run_id FROM runs WHERE id > ? ORDER BY id LIMIT 1', id);
    if (row === undefined) return;
    id = Number(row['id']);
    yield String(row['run_id']);
  }
}

function recordOf(database: Database, runId: string): RunRecord | undefined {
  try {
    return readRun(database, runId).record;
  } catch (error) {
    // Removed meanwhile, or told as damaged already.
    if (error instanceof RunnerError) return undefined;
    throw error;
  }
}

function* missingFiles(record: RunRecord, folder: string): Generator<string> {
  const runFolder = join(folder, 'runs', record.runId);
  const attempt = attemptOf(record);
  const logs = join(runFolder, 'logs', ...(attempt === 1 ? [] : [`attempt-${attempt}`]));
  for (const stream of ['stdout', 'stderr'] as const) {
    const promised = record.logs?.[`${stream}Bytes`] ?? 0;
    const found = sizeAt(join(logs, stream));
    if (found < promised) yield `${stream} has ${found} bytes of ${promised}`;
  }
  for (const { path, location, kind, sizeBytes } of record.outputs) {
    // What was put into somebody's own folder is theirs to move.
    if (!location.startsWith(runFolder + sep)) continue;
    if (!existsSync(location)) yield `its output ${path} is gone`;
    else if (kind === 'file' && sizeAt(location) !== sizeBytes)
      yield `its output ${path} has ${sizeAt(location)} bytes instead of ${sizeBytes}`;
  }
}

const sizeAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function* folderFlaws(database: Database, folder: string): Generator<Flaw> {
  for (const name of namesIn(join(folder, 'runs')))
    // A run is written down before it has a folder, so one that nobody knows now is nobody's.
    if (database.get('SELECT 1 FROM runs WHERE run_id = ?', name) === undefined)
      yield {
        kind: 'folder',
        subject: join('runs', name),
        problem: 'belongs to no run',
        remedy: `is moved to ${join('lost', name)}`,
      };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw storeError(error, folder);
  }
}

function* webhookFlaws(database: Database): Generator<Flaw> {
  const remedy = 'is given up';
  for (const row of database.all(
    `SELECT delivery_id FROM webhook_deliveries JOIN webhook_endpoints USING (endpoint_id)
     WHERE state = 'pending' AND disabled IS NOT NULL`,
  ))
    yield webhookFlaw(row['delivery_id'], 'waits for a webhook that is disabled', remedy);
  for (const row of database.all(
    `SELECT delivery_id FROM webhook_deliveries WHERE state = 'pending' AND NOT json_valid(body)`,
  ))
    yield webhookFlaw(row['delivery_id'], 'is no JSON any more', remedy);
}

const webhookFlaw = (deliveryId: unknown, problem: string, remedy: string): Flaw => ({
  kind: 'webhook',
  subject: `message ${String(deliveryId)}`,
  problem,
  remedy,
});
