import { counted } from '../base/counted.ts';
import { ERROR_CODES, RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { texts } from './arguments.ts';
import type { CommandArguments } from './commands.ts';
import { isBatchId, openRunsPort, type QueuePort, type RunsPort } from './runs-port/index.ts';
import type { Terminal } from './terminal.ts';

/** A change of the place of a waiting run. */
export interface PlaceChange {
  /** What a run is afterwards. */
  readonly word: 'held' | 'released' | 'moved';
  readonly change: (queue: QueuePort, runId: string) => Promise<unknown>;
}

/**
 * Changes the places of the runs that are named, and of all that wait of the batches that are. Every name
 * is looked up before anything is changed. Resolves to 75 where something that was named did not wait.
 */
export async function changeWaiting(
  args: CommandArguments,
  terminal: Terminal,
  { word, change }: PlaceChange,
): Promise<number> {
  using runs = await openRunsPort(args, terminal);
  const { queue } = runs;
  if (queue === undefined)
    throw new RunnerError('usage', 'runs of this machine begin at once: there is no queue', {
      hint: 'Name a server with --server URL or CYTO_RUN_SERVER.',
    });
  const chosen: Chosen[] = [];
  for (const name of namesOf(args)) chosen.push(await chosenBy(name, runs, word));
  const changed: string[] = [];
  const notWaiting: string[] = [];
  for (const runId of new Set(chosen.flatMap(({ runIds }) => runIds)))
    ((await isChanged(() => change(queue, runId))) ? changed : notWaiting).push(runId);
  const idle = chosen.filter(({ runIds }) => !runIds.some((runId) => changed.includes(runId)));
  if (args['json'] === true)
    terminal.out(`${JSON.stringify({ [word]: changed, notWaiting }, null, 2)}\n`);
  else terminal.out(changed.map((runId) => `${word} ${runId}\n`).join(''));
  for (const { name, isBatch } of idle) terminal.err(`${notWaitingText(name, isBatch, word)}\n`);
  const others = notWaiting.filter((runId) => !idle.some(({ runIds }) => runIds.includes(runId)));
  if (others.length > 0) terminal.err(`${counted(others.length, 'run')} had begun meanwhile\n`);
  return idle.length === 0 ? 0 : ERROR_CODES['not-waiting'].exitCode;
}

interface Chosen {
  readonly name: string;
  readonly isBatch: boolean;
  readonly runIds: readonly string[];
}

function namesOf(args: CommandArguments): readonly string[] {
  const names = texts(args['runs']);
  if (names.length > 0) return names;
  throw new RunnerError('usage', 'which runs or batches?', {
    hint: 'Name them; `cyto-run runs --state queued` lists the runs that wait.',
  });
}

async function chosenBy(name: string, runs: RunsPort, word: PlaceChange['word']): Promise<Chosen> {
  if (!isBatchId(name)) {
    const runId = await runs.runArgument(name);
    return { name: runId, isBatch: false, runIds: [runId] };
  }
  const runIds: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await runs.list({
      ...{ batch: name, states: ['QUEUED', 'INITIALIZING'], limit: LIMITS.runsPageMax },
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { runId, state, waiting } of page.runs) {
      const isHeld = waiting === 'queue-held';
      // One that is to be tried again waits in the queue too.
      const waits = state === 'QUEUED' || isHeld || waiting === 'retry';
      if (word === 'released' ? isHeld : waits) runIds.push(runId);
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return { name, isBatch: true, runIds };
}

/** False for a run that does not wait. */
async function isChanged(change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (error instanceof RunnerError && error.code === 'not-waiting') return false;
    throw error;
  }
}

function notWaitingText(name: string, isBatch: boolean, word: PlaceChange['word']): string {
  if (!isBatch)
    return `run ${name} does not wait in the queue: \`cyto-run why ${name}\` says where it is`;
  return word === 'released'
    ? `no run of batch ${name} is held`
    : `no run of batch ${name} waits in the queue`;
}
