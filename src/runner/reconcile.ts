import type { StartedContainer } from '../container/index.ts';
import type { Descriptor } from '../descriptor/index.ts';
import { collect, finishRun } from './finish-run.ts';
import { STARTED, type RunPorts } from './execute-run.ts';
import type { FoundInput } from './inputs.ts';
import type { RunOutcome } from './outcome.ts';
import type { RunRecord } from './record.ts';
import { outcomeOfError, outcomeOfStop, settle } from './settle.ts';
import { isTerminal } from './state.ts';
import { Stops, type StopSignals } from './stops.ts';

/** What to do with a run whose process has died. */
export type Resume =
  | 'leave'
  | 'settle-as-recorded'
  | 'collect-again'
  | 'settle-lost'
  | 'remove-and-settle-lost'
  | 'finish'
  | 'leave-running';

/** What the engine says of the run's container. `unknown`: the engine cannot be asked now. */
export type ContainerSighting = StartedContainer['phase'] | 'gone' | 'unknown';

/**
 * What to do with a run that no living process owns. Pure.
 *
 * | the record says         | created            | running       | exited        | gone               | unknown       |
 * | ----------------------- | ------------------ | ------------- | ------------- | ------------------ | ------------- |
 * | a terminal state        | leave              | leave         | leave         | leave              | leave         |
 * | outputs are collected   | settle-as-recorded | (same)        | (same)        | settle-as-recorded | (same)        |
 * | the program has ended   | collect-again      | collect-again | collect-again | collect-again      | collect-again |
 * | a container was asked   | remove-and-…-lost  | leave-running | finish        | settle-lost        | leave-running |
 * | nothing of a container  | settle-lost        | (cannot be)   | (cannot be)   | settle-lost        | settle-lost   |
 *
 * `leave-running` becomes `finish` for a command that waits for the run's end.
 */
export function resumeOf(record: RunRecord, sighting: ContainerSighting): Resume {
  if (isTerminal(record.state)) return 'leave';
  if (record.outputsCollected) return 'settle-as-recorded';
  if (record.exit !== undefined) return 'collect-again';
  if (record.container === undefined) return 'settle-lost';
  switch (sighting) {
    case 'created':
      return 'remove-and-settle-lost';
    case 'exited':
      return 'finish';
    case 'gone':
      return 'settle-lost';
    case 'waiting':
    case 'running':
    case 'unknown':
      return 'leave-running';
    default:
      return sighting satisfies never;
  }
}

/** A run to be settled, with what its descriptor and values said. */
export interface Orphan {
  readonly record: RunRecord;
  readonly descriptor: Descriptor;
  readonly inputs: readonly FoundInput[];
}

/**
 * Settles one run that this process has claimed, by the table. With `wait`, a running container is
 * followed to its end; without, it is left running and the record is returned as it is.
 */
export async function reconcileRun(
  orphan: Orphan,
  ports: RunPorts,
  stopSignals: StopSignals,
  wait: boolean,
): Promise<RunRecord> {
  const { record } = orphan;
  const container = await sighted(record, ports);
  const resume = resumeOf(
    record,
    container === 'unknown' ? 'unknown' : (container?.phase ?? 'gone'),
  );
  const found = container === 'unknown' ? undefined : container;
  switch (resume) {
    case 'leave':
      return record;
    case 'leave-running':
      return wait && found ? await adopt(orphan, found, ports, stopSignals) : record;
    case 'finish':
      return found ? await adopt(orphan, found, ports, stopSignals) : record;
    case 'settle-as-recorded':
      await found?.[Symbol.asyncDispose]();
      return settle(record.runId, ports, recordedOutcome(record));
    case 'collect-again': {
      const outcome = await collectAgain(orphan, ports);
      await found?.[Symbol.asyncDispose]();
      return settle(record.runId, ports, outcome);
    }
    case 'remove-and-settle-lost':
    case 'settle-lost':
      await found?.[Symbol.asyncDispose]();
      return settle(record.runId, ports, lostOutcome(record));
    default:
      return resume satisfies never;
  }
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

/** Follows a found container to its end as if this process had started it. */
async function adopt(
  { record, descriptor, inputs }: Orphan,
  found: StartedContainer,
  ports: RunPorts,
  stopSignals: StopSignals,
): Promise<RunRecord> {
  const { runId } = record;
  using stops = new Stops(runId, ports, stopSignals);
  try {
    await using container = found;
    // It died after the engine had started the container and before it could say so.
    if (record.state === 'INITIALIZING') ports.journal.append(runId, STARTED);
    return await finishRun(runId, container, { ports, stops, inputs, descriptor });
  } catch (error) {
    return settle(runId, ports, outcomeOfError(error, stops, record.options));
  }
}

async function collectAgain({ record, descriptor }: Orphan, ports: RunPorts): Promise<RunOutcome> {
  const { exit } = record;
  if (exit === undefined) throw new TypeError(`run ${record.runId} has no exit to collect after`);
  await using log = ports.journal.openLog(record.runId);
  return await collect(record, exit, await log.tail(), { ports, descriptor });
}

/** The ending that is written down already, but for its last event. */
function recordedOutcome({ failure }: RunRecord): RunOutcome {
  if (failure === undefined) return { kind: 'complete' };
  if (failure.code === 'canceled') return { kind: 'canceled', failure };
  const ours = failure.code === 'disk-full' || failure.code === 'staging-failed';
  return { kind: ours ? 'system-error' : 'executor-error', failure };
}

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
