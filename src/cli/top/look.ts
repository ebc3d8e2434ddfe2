import { LIMITS } from '../../base/limits.ts';
import { plainLine } from '../../report/index.ts';
import { isTerminal, RUN_STATES } from '../../runner/index.ts';
import type { RunsPort } from '../runs-port/index.ts';
import type { TopRow } from './state.ts';
import type { TopDetails } from './view.ts';

/** Runs that have ended are shown to see what became of them, the newest. */
const ENDED_MAX = 20;
/** More lines are on no screen. */
const ACTIVE_MAX = 200;
/** Reasons that are asked for at each look: one request each. */
const REASONS_MAX = 12;

/** What is shown of all runs: those that run, those that wait in their order, those that ended. */
export async function rowsNow(runs: RunsPort): Promise<TopRow[]> {
  const active = RUN_STATES.filter((state) => !isTerminal(state));
  const [{ runs: alive }, { runs: ended }] = await Promise.all([
    runs.list({ states: active, limit: ACTIVE_MAX }),
    runs.list({ states: RUN_STATES.filter(isTerminal), limit: ENDED_MAX }),
  ]);
  const ordered = [...alive].sort(
    (one, other) =>
      Number(one.state === 'QUEUED') - Number(other.state === 'QUEUED') ||
      (one.createdAt < other.createdAt ? -1 : 1),
  );
  const asked = ordered.filter(({ state }) => state === 'QUEUED' || state === 'INITIALIZING');
  const reasons = await Promise.all(
    asked
      .slice(0, REASONS_MAX)
      .map(async ({ runId }) => [runId, await reasonOf(runs, runId)] as const),
  );
  const sentences = new Map(reasons);
  return [...ordered, ...ended].map((run) => {
    const sentence = sentences.get(run.runId);
    return { run, ...(sentence === undefined ? {} : { sentence }) };
  });
}

/** A run may be gone between two questions. */
const reasonOf = (runs: RunsPort, runId: string): Promise<string | undefined> =>
  runs
    .read(runId)
    .then((record) => runs.why(record))
    .then(
      ({ sentence }) => sentence,
      () => undefined,
    );

/** What is shown of one run. */
export async function detailsNow(runs: RunsPort, runId: string): Promise<TopDetails> {
  const { sentence, hint } = await runs.why(await runs.read(runId));
  const parts: Uint8Array[] = [];
  const log = runs.readLog(runId, { stream: 'both', tailBytes: LIMITS.stderrTailBytesMax });
  for await (const { bytes } of log) parts.push(bytes);
  const text = new TextDecoder().decode(Buffer.concat(parts)).trimEnd();
  const why = hint === undefined ? [sentence] : [sentence, hint];
  return { runId, why, logLines: text === '' ? [] : text.split('\n').map(plainLine) };
}
