import { distance } from 'fastest-levenshtein';

import { counted } from '../base/counted.ts';
import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Database } from './database.ts';

/** What a text may be of an id, best first. */
const RULES: readonly { sql: string; of: (wanted: string) => string }[] = [
  { sql: 'run_id = ?1', of: (wanted) => wanted },
  // `~` comes behind every character of an id; a range is found by the index.
  { sql: "run_id >= ?1 AND run_id < ?1 || '~'", of: (wanted) => wanted.toLowerCase() },
  {
    // The first condition says nothing new, but is quick to say no.
    sql: "instr(run_id, ?1) > 0 AND (instr(run_id, '-' || ?1) > 0 OR substr(run_id, -length(?1)) = ?1)",
    of: (wanted) => wanted.toLowerCase(),
  },
];

const LAST = /^last(?:~(\d{1,9}))?$/;

/**
 * The id of the one run that `text` names: an id, the beginning of one, the beginning of its time
 * (`HHMMSS`) or random part, the end of one, `last`, or `last~N` (the N-th before the last). The
 * first of these rules that finds a run decides. Throws `run-not-found` when none does, or when
 * more than one run is meant, with the ids that come near.
 */
export function resolveRunId(database: Database, text: string): string {
  const wanted = text.trim();
  const fromEnd = LAST.exec(wanted);
  if (fromEnd !== null) return nthNewest(database, Number(fromEnd[1] ?? 0), wanted);
  if (wanted === '') throw unknown(database, wanted);

  const found = RULES.reduce<string[]>(
    (ids, { sql, of }) => (ids.length > 0 ? ids : idsWhere(database, sql, of(wanted))),
    [],
  );
  const [only, ...others] = found;
  if (only === undefined) throw unknown(database, wanted);
  if (others.length === 0) return only;
  throw new RunnerError('run-not-found', `"${wanted}" could be any of several runs`, {
    hint: `Give more of the id: ${shown(found)}.`,
    details: { nearest: found.slice(0, LIMITS.runIdsNearMax) },
  });
}

/** At most one more than is shown, so that there is something to say "…" about. */
const idsWhere = (database: Database, condition: string, wanted: string): string[] =>
  database
    .all(
      `SELECT run_id FROM runs WHERE ${condition} ORDER BY created_at DESC, run_id DESC LIMIT ?2`,
      wanted,
      LIMITS.runIdsNearMax + 1,
    )
    .map((row) => String(row['run_id']));

function nthNewest(database: Database, offset: number, wanted: string): string {
  const row = database.get(
    'SELECT run_id FROM runs ORDER BY created_at DESC, run_id DESC LIMIT 1 OFFSET ?',
    offset,
  );
  if (row !== undefined) return String(row['run_id']);
  const count = Number(database.get('SELECT count(*) AS count FROM runs')?.['count']);
  throw new RunnerError(
    'run-not-found',
    count === 0
      ? 'there are no runs yet'
      : `there is no run "${wanted}": there ${count === 1 ? 'is' : 'are'} only ${counted(count, 'run')}`,
    { hint: 'List them with `cyto-run runs`.' },
  );
}

/** The error for a run that is not there, naming those whose ids are nearest to what was given. */
export function unknown(database: Database, wanted: string): RunnerError {
  const newest = database
    .all('SELECT run_id FROM runs ORDER BY created_at DESC LIMIT ?', LIMITS.runIdsComparedMax)
    .map((row) => String(row['run_id']));
  const nearest = newest
    .map((runId) => ({ runId, far: farFrom(runId, wanted) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, LIMITS.runIdsNearMax)
    .map(({ runId }) => runId);
  return new RunnerError('run-not-found', `there is no run "${wanted}"`, {
    hint:
      nearest.length === 0
        ? 'There are no runs yet; `cyto-run runs` lists them.'
        : `Nearest: ${shown(nearest)}. \`cyto-run runs\` lists them all.`,
    details: { nearest },
  });
}

/** Of the whole id or of its random part, whichever is nearer: people type either. */
const farFrom = (runId: string, wanted: string): number =>
  Math.min(distance(runId, wanted), distance(runId.split('-').at(-1) ?? '', wanted));

const shown = (ids: readonly string[]): string =>
  ids.slice(0, LIMITS.runIdsNearMax).join(', ') + (ids.length > LIMITS.runIdsNearMax ? ' …' : '');
