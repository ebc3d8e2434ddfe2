import type { Clock } from '../base/clock.ts';
import type { ContainerEngine } from '../container/index.ts';
import type { Descriptor, Invocation } from '../descriptor/index.ts';
import { concludeError } from './conclude.ts';
import type { CreatedFacts } from './events.ts';
import { finishAndRemove } from './finish-run.ts';
import type { FoundInput } from './inputs.ts';
import type { RunJournal, RunObserver } from './ports.ts';
import type { RunRecord } from './record.ts';
import { startContainer } from './start-container.ts';
import { isTerminal } from './state.ts';
import { Stops, type StopSignals } from './stops.ts';

/** One run, checked and complete: what `executeRun` needs to know about it. */
export interface PreparedRun {
  readonly runId: string;
  readonly created: CreatedFacts;
  readonly descriptor: Descriptor;
  /** Unmasked. */
  readonly invocation: Invocation;
  /** Unmasked, from the caller. */
  readonly environment: Readonly<Record<string, string>>;
  readonly inputs: readonly FoundInput[];
}

/** The outside world, handed in. */
export interface RunPorts {
  readonly engine: ContainerEngine;
  readonly journal: RunJournal;
  readonly clock: Clock;
  readonly observer: RunObserver;
  /** Label that tells this data directory's containers from others'. */
  readonly ownerLabel: string;
}

/**
 * The straight line: every step of a run, in order. Returns the record of the settled run; a
 * failure of the app, the engine or the machine is an ending, not an exception. Throws only when
 * the journal cannot be written, or on a bug of ours.
 */
export async function executeRun(
  run: PreparedRun,
  ports: RunPorts,
  stopSignals: StopSignals,
): Promise<RunRecord> {
  const queued = ports.journal.create(run.runId, run.created);
  ports.observer.onRecord?.(queued);
  return continueRun(run, ports, stopSignals);
}

/**
 * A run that is in the journal, from where it is to its end, attempt after attempt. It has no
 * container. Returns and throws as `executeRun` does.
 */
export async function continueRun(
  run: PreparedRun,
  ports: RunPorts,
  stopSignals: StopSignals,
): Promise<RunRecord> {
  using stops = new Stops(run.runId, ports, stopSignals);
  let record = await oneAttempt(run, ports, stops);
  while (!isTerminal(record.state)) record = await oneAttempt(run, ports, stops);
  return record;
}

/**
 * One attempt of a run that is in the journal and has no container: for who decides anew when the next
 * one begins. Returns the record of a run that is settled, or is to be tried again. Throws as
 * `executeRun` does.
 */
export async function attemptRun(
  run: PreparedRun,
  ports: RunPorts,
  stopSignals: StopSignals,
): Promise<RunRecord> {
  using stops = new Stops(run.runId, ports, stopSignals);
  return await oneAttempt(run, ports, stops);
}

/** Returns the record of a run that is settled, or is to be tried again. */
async function oneAttempt(run: PreparedRun, ports: RunPorts, stops: Stops): Promise<RunRecord> {
  const { runId, inputs, descriptor } = run;
  try {
    const container = await startContainer(run, ports, stops);
    return await finishAndRemove(runId, container, { ports, stops, inputs, descriptor });
  } catch (error) {
    return await concludeError(runId, ports, { error, stops, options: run.created.options });
  }
}
