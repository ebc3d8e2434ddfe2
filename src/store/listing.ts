import type { SQLInputValue } from 'node:sqlite';

import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { FailureCode, RunState, StopCause } from '../runner/index.ts';
import type { Database, Row } from './database.ts';

/** Which runs to list. All conditions must hold. */
export interface RunQuery {
  readonly states?: readonly RunState[];
  /** The app's exact name. */
  readonly app?: string;
  /** The batch they belong to. */
  readonly batch?: string;
  /** Who submitted them to a server. */
  readonly submitter?: string;
  /** Created at or after. */
  readonly since?: Date;
  /** Created before. */
  readonly before?: Date;
  /** Part of the id, app, user, host or a parameter's value; upper and lower case are one. */
  readonly search?: string;
  /** Rows in a page, at most `LIMITS.runsPageMax`. */
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface RunPage {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** What a list shows of a run. */
interface RunSummary {
  readonly runId: string;
  readonly state: RunState;
  readonly app: { readonly name: string; readonly version?: string };
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** When its app began, in the newest attempt. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  readonly failureCode?: FailureCode;
  readonly stopCause?: StopCause;
  /** Progress as the app last told it. */
  readonly percent?: number;
  readonly rerunOf?: string;
  /** The newest attempt, when it is not the first. */
  readonly attempt?: number;
  /** The code of what it waits for now. */
  readonly waiting?: string;
  readonly submitter?: string;
  readonly batch?: string;
  /** Its name in the batch. */
  readonly item?: string;
}

/**
 * One page of runs, newest first. The order is total (time, then id) and a page begins behind the
 * last run of the one before, so runs that come or go meanwhile shift nothing. Throws `usage` on a
 * cursor that is none.
 */
export function listRuns(database: Database, query: RunQuery): RunPage {
  const conditions = conditionsOf(query);
  const limit = Math.max(1, Math.min(Math.trunc(query.limit), LIMITS.runsPageMax));
  const where = conditions.map(({ sql }) => sql).join(' AND ');
  const rows = database.all(
    `SELECT run_id, state, created_at, started_at, ended_at, app_name, app_version, exit_code, failure_code,
       stop_cause, percent, rerun_of, attempt, waiting, batch, item, submitter
     FROM runs ${where === '' ? '' : `WHERE ${where}`}
     ORDER BY created_at DESC, run_id DESC LIMIT ?`,
    ...conditions.flatMap(({ values }) => values),
    limit + 1,
  );
  const runs = rows.slice(0, limit).map(summaryOf);
  const last = runs.at(-1);
  return {
    runs,
    ...(rows.length > limit && last !== undefined ? { nextCursor: cursorBehind(last) } : {}),
  };
}

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

function conditionsOf({
  states,
  app,
  batch,
  submitter,
  since,
  before,
  search,
  cursor,
}: RunQuery): Condition[] {
  const conditions: Condition[] = [];
  const require = (sql: string, ...values: readonly SQLInputValue[]): void => {
    conditions.push({ sql, values });
  };
  if (states !== undefined) require(`state IN (${states.map(() => '?').join(', ')})`, ...states);
  if (app !== undefined) require('app_name = ?', app);
  if (batch !== undefined) require('batch = ?', batch);
  if (submitter !== undefined) require('submitter = ?', submitter);
  if (since !== undefined) require('created_at >= ?', since.toISOString());
  if (before !== undefined) require('created_at < ?', before.toISOString());
  if (search !== undefined) require('instr(search_text, ?) > 0', search.toLowerCase());
  if (cursor !== undefined) require('(created_at, run_id) < (?, ?)', ...placeOf(cursor));
  return conditions;
}

const cursorBehind = ({ createdAt, runId }: RunSummary): string => `${createdAt}~${runId}`;

function placeOf(cursor: string): [createdAt: string, runId: string] {
  const [createdAt, runId, ...rest] = cursor.split('~');
  if (createdAt === undefined || runId === undefined || rest.length > 0)
    throw new RunnerError('usage', `"${cursor}" is not the place of a page in the list of runs`, {
      hint: 'Give the nextCursor of the page before, unchanged, or none for the first page.',
    });
  return [createdAt, runId];
}

/** The columns are written from a `RunRecord` alone, in a STRICT table, so their types are known. */
function summaryOf(row: Row): RunSummary {
  const optional = {
    startedAt: row['started_at'],
    endedAt: row['ended_at'],
    exitCode: row['exit_code'],
    failureCode: row['failure_code'],
    stopCause: row['stop_cause'],
    percent: row['percent'],
    rerunOf: row['rerun_of'],
    attempt: row['attempt'] === 1 ? null : row['attempt'],
    waiting: row['waiting'],
    batch: row['batch'],
    item: row['item'],
    submitter: row['submitter'],
  };
  return {
    runId: row['run_id'],
    state: row['state'],
    app: {
      name: row['app_name'],
      ...(row['app_version'] === null ? {} : { version: row['app_version'] }),
    },
    createdAt: row['created_at'],
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
  } as RunSummary;
}
