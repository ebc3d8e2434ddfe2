import type { StartedContainer } from '../container/index.ts';
import { concludeError, giveUp, mayHaveBegun } from './conclude.ts';
import { continueRun, type PreparedRun, type RunPorts } from './execute-run.ts';
import { collect, finishAndRemove, retryOfExit, type FinishContext } from './finish-run.ts';
import { outcomeOf, type Failure, type RunOutcome } from './outcome.ts';
import { attemptOf, type RunRecord } from './record.ts';
import type { RetryPlan } from './retry.ts';
import { outcomeOfStop, settle } from './settle.ts';
import { clearEveryScratch } from './stage.ts';
import { isTerminal } from './state.ts';
import { Stops, type StopSignals } from './stops.ts';

/** What to do with a run whose process has died. */
export type Resume =
  | 'leave'
  | 'settle-as-recorded'
  | 'collect-again'
  | 'settle-lost'
  | 'remove-and-settle-lost'
  | 'requeue'
  | 'begin-anew'
  | 'remove-and-requeue'
  | 'finish'
  | 'leave-waiting'
  | 'leave-running'
  | 'leave-queued'
  | 'leave-retry';

/** What the engine says of the run's container. `unknown`: the engine cannot be asked now. */
export type ContainerSighting = StartedContainer['phase'] | 'gone' | 'unknown';

/**
 * What to do with a run that no living process owns. Pure.
 *
 * | the record says          | created            | waiting       | running       | exited | gone         | unknown       |
 * | ------------------------ | ------------------ | ------------- | ------------- | ------ | ------------ | ------------- |
 * | a terminal state         | leave              | (same)        | (same)        | (same) | (same)       | (same)        |
 * | outputs are collected    | settle-as-recorded | (same)        | (same)        | (same) | (same)       | (same)        |
 * | the program has ended    | collect-again      | (same)        | (same)        | (same) | (same)       | (same)        |
 * | a container was asked    | remove-and-…-lost  | leave-waiting | leave-running | finish | settle-lost  | leave-running |
 * | the same, to begin again | remove-and-requeue | leave-waiting | leave-running | finish | settle-lost  | leave-running |
 * | the same, never begun (†)| remove-and-requeue | leave-waiting | leave-running | finish | begin-anew   | leave-running |
 * | nothing of a container:                                                                                               |
 * | another attempt is due   | leave-retry        | (cannot be)   | (cannot be)   |        | leave-retry  | leave-retry   |
 * | QUEUED, of many (*)      | leave-queued       | (cannot be)   | (cannot be)   |        | leave-queued | leave-queued  |
 * | INITIALIZING, of many    | requeue            | (cannot be)   | (cannot be)   |        | requeue      | requeue       |
 * | any other                | settle-lost        | (cannot be)   | (cannot be)   |        | settle-lost  | settle-lost   |
 *
 * (†) Of a server's queue, not RUNNING yet, on an engine of this machine: what it never made it never started, and
 * what it still makes of the lost request is never started by anybody; it is reaped by its older attempt's name.
 * (*) Of a batch or of a server's queue. A run begins again when it is that or has another attempt, and nobody asked it to stop: what
 * is certain never to have begun is not a failure then. Each `leave-…` is gone on with by a command
 * that waits for the run's end.
 */
export function resumeOf(record: RunRecord, sighting: ContainerSighting): Resume {
  if (isTerminal(record.state)) return 'leave';
  if (record.outputsCollected) return 'settle-as-recorded';
  if (record.exit !== undefined) return 'collect-again';
  if (record.container === undefined) return resumeOfUnasked(record);
  switch (sighting) {
    case 'created':
      return beginsAgain(record) ? 'remove-and-requeue' : 'remove-and-settle-lost';
    case 'exited':
      return 'finish';
    case 'gone':
      return isNeverBegun(record) ? 'begin-anew' : 'settle-lost';
    case 'waiting':
      return 'leave-waiting';
    case 'running':
    case 'unknown':
      return 'leave-running';
    default:
      return sighting satisfies never;
  }
}

/** Not on a cluster: a job that was asked for may come to light, and begin, long after. */
const isNeverBegun = (record: RunRecord): boolean =>
  record.queue !== undefined &&
  record.options.engine !== 'slurm' &&
  beginsAgain(record) &&
  !mayHaveBegun(record);

/** The newest attempt came to no container. */
function resumeOfUnasked(record: RunRecord): Resume {
  if (!beginsAgain(record)) return 'settle-lost';
  if (record.retry !== undefined) return 'leave-retry';
  return record.state === 'QUEUED' ? 'leave-queued' : 'requeue';
}

const beginsAgain = ({ batch, queue, retry, stopCause }: RunRecord): boolean =>
  (batch !== undefined || queue !== undefined || retry !== undefined) && stopCause === undefined;

/** A run to be settled, with what its descriptor and values said. */
export interface Orphan extends Omit<PreparedRun, 'runId' | 'created'> {
  readonly record: RunRecord;
  /** Whether it can be started again: false when a secret died with its process, or an input is gone. */
  readonly startable: boolean;
}

/** How far a run that waits, runs or is to be tried again is followed: not at all, up to another attempt, or to its end. */
export type Following = 'not' | 'attempt' | 'end';

/**
 * Settles one run that this process has claimed, by the table. One that goes on is followed as far as
 * that is asked, and the record returned as it is then.
 */
export async function reconcileRun(
  orphan: Orphan,
  ports: RunPorts,
  stopSignals: StopSignals,
  following: Following,
): Promise<RunRecord> {
  const { record } = orphan;
  const container = await sighted(record, ports);
  const resume = resumeOf(
    record,
    container === 'unknown' ? 'unknown' : (container?.phase ?? 'gone'),
  );
  const found = container === 'unknown' ? undefined : container;
  const scene: Scene = { orphan, ports, stopSignals, following };
  switch (resume) {
    case 'leave':
      return record;
    case 'leave-waiting':
    case 'leave-running':
      return following !== 'not' && found ? await goOn(scene, found) : record;
    case 'finish':
      return found ? await goOn(scene, found) : record;
    case 'leave-retry':
    case 'leave-queued':
      return await beginAgain(scene, record);
    case 'settle-as-recorded':
      await found?.[Symbol.asyncDispose]();
      return await settleAsRecorded(record, ports);
    case 'collect-again':
      return await collectAgain(scene, found);
    case 'remove-and-requeue':
    case 'requeue':
      await found?.[Symbol.asyncDispose]();
      return await beginAgain(
        scene,
        ports.journal.append(record.runId, [{ type: 'state', state: 'QUEUED' }]),
      );
    case 'begin-anew':
      return await beginAgain(scene, await giveUp(record, ports, NEVER_MADE, anewPlan(record)));
    case 'remove-and-settle-lost':
    case 'settle-lost':
      await found?.[Symbol.asyncDispose]();
      return settle(record.runId, ports, lostOutcome(record));
    default:
      return resume satisfies never;
  }
}

const NEVER_MADE: Failure = {
  code: 'engine-lost',
  message: 'the server was killed before the engine had made the container',
};

/** A number of its own: what the engine may still make of the lost request is known by the old one. */
const anewPlan = (record: RunRecord): RetryPlan => ({
  attempt: attemptOf(record) + 1,
  afterMs: 0,
  excludedNodes: record.retry?.excludedNodes ?? [],
  ...(record.retry?.memoryBytes === undefined ? {} : { memoryBytes: record.retry.memoryBytes }),
});

interface Scene {
  readonly orphan: Orphan;
  readonly ports: RunPorts;
  readonly stopSignals: StopSignals;
  readonly following: Following;
}

async function sighted(
  record: RunRecord,
  { engine }: RunPorts,
): Promise<StartedContainer | undefined | 'unknown'> {
  if (record.container === undefined) return undefined;
  try {
    return await engine.find(record.container.name);
  } catch {
    return 'unknown';
  }
}

/** Follows a found container to its end as if this process had started it; and what comes after it. */
async function goOn(scene: Scene, found: StartedContainer): Promise<RunRecord> {
  const { orphan, ports, stopSignals } = scene;
  const { runId } = orphan.record;
  let record: RunRecord;
  {
    using stops = new Stops(runId, ports, stopSignals);
    try {
      record = await finishAndRemove(runId, found, { ...orphan, ports, stops });
    } catch (error) {
      record = await concludeError(runId, ports, { error, stops, options: orphan.record.options });
    }
  }
  return isTerminal(record.state) ? record : await beginAgain(scene, record);
}

/** A run that has not begun, or not again: now, later by another command, or never, when nobody can start it. */
async function beginAgain(scene: Scene, record: RunRecord): Promise<RunRecord> {
  const { orphan, ports, stopSignals, following } = scene;
  const { runId } = record;
  const failure = record.attempts?.at(-1)?.failure;
  if (!orphan.startable && failure !== undefined)
    return settle(runId, ports, notStartable(outcomeOf(failure)));
  if (following === 'not') return record;
  if (!orphan.startable) return settle(runId, ports, lostOutcome(record));
  if (following === 'attempt') return record;
  return continueRun({ ...orphan, runId, created: orphan.record }, ports, stopSignals);
}

const notStartable = (outcome: RunOutcome): RunOutcome =>
  outcome.kind === 'complete'
    ? outcome
    : {
        ...outcome,
        failure: {
          ...outcome.failure,
          message: `${outcome.failure.message} (not tried again: its process died, and with it a secret, or an input is gone)`,
        },
      };

async function collectAgain(scene: Scene, found: StartedContainer | undefined): Promise<RunRecord> {
  const { ports, orphan } = scene;
  const { record, descriptor } = orphan;
  const { exit, runId } = record;
  if (exit === undefined) throw new TypeError(`run ${runId} has no exit to collect after`);
  const tail = await tailOf(runId, ports);
  const again = retryOfExit(record, exit, tail, descriptor);
  if (again !== undefined && orphan.startable) {
    await found?.[Symbol.asyncDispose]();
    return await beginAgain(scene, await giveUp(record, ports, again.failure, again.plan));
  }
  const outcome = await collect(record, exit, tail, { ports, descriptor });
  await found?.[Symbol.asyncDispose]();
  return settle(runId, ports, outcome);
}

async function tailOf(
  runId: string,
  { journal }: Pick<FinishContext['ports'], 'journal'>,
): Promise<string> {
  await using log = journal.openLog(runId);
  return await log.tail();
}

/** Its process died before it had cleared the folders, or before its last event. */
async function settleAsRecorded(record: RunRecord, ports: RunPorts): Promise<RunRecord> {
  const outcome = recordedOutcome(record);
  if (outcome.kind === 'complete')
    await clearEveryScratch(ports.journal.runFolder(record.runId), attemptOf(record));
  return settle(record.runId, ports, outcome);
}

/** The ending that is written down already, but for its last event. */
const recordedOutcome = ({ failure }: RunRecord): RunOutcome =>
  failure === undefined ? { kind: 'complete' } : outcomeOf(failure);

function lostOutcome(record: RunRecord): RunOutcome {
  if (record.stopCause !== undefined && record.stopCause !== 'time-limit')
    return outcomeOfStop(record.stopCause, record.options);
  const what =
    record.container === undefined
      ? 'before its container was created'
      : 'and its container is gone';
  return {
    kind: 'system-error',
    failure: {
      code: 'engine-lost',
      message: `cyto-run was killed or the machine went down while this run was ${record.state}, ${what}`,
      hint: `Repeat it with \`cyto-run rerun ${record.runId}\`.`,
    },
  };
}
