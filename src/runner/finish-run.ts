import { epochMs } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { ExitStatus, StartedContainer } from '../container/index.ts';
import type { Descriptor } from '../descriptor/index.ts';
import { BegunUnwritten, untilBegun } from './begun.ts';
import { collectOutputs } from './collect.ts';
import { giveUp, mayHaveBegun, whenGivenUp } from './conclude.ts';
import type { EventBody } from './events.ts';
import type { RunPorts } from './execute-run.ts';
import { inputFacts, type FoundInput } from './inputs.ts';
import type { Failure, RunOutcome, StopCause } from './outcome.ts';
import { streamOutput } from './output.ts';
import { attemptOf, type RunRecord } from './record.ts';
import { retryOf, type RetryPlan } from './retry.ts';
import { outcomeOfExit, settle } from './settle.ts';
import { clearEveryScratch } from './stage.ts';
import { nextStates } from './state.ts';
import { stopped, type Stops } from './stops.ts';

/** What finishing a run needs beside its container. */
export interface FinishContext {
  readonly ports: RunPorts;
  readonly stops: Stops;
  readonly inputs: readonly FoundInput[];
  readonly descriptor: Descriptor;
}

/**
 * From a container that exists to a settled run: wait for its turn, stream its output, wait, collect,
 * settle; or to a run that is to be tried again.
 */
async function finishRun(
  runId: string,
  container: StartedContainer,
  context: FinishContext,
): Promise<RunRecord> {
  const { ports, stops, descriptor } = context;
  const { journal, observer } = ports;
  const note = (...bodies: readonly EventBody[]): RunRecord => {
    const record = journal.append(runId, bodies);
    observer.onRecord?.(record);
    return record;
  };

  const found = journal.read(runId);
  await untilBegun(container, stops, note, found);
  if (found.options.timeoutMs !== undefined) startTimer(journal.read(runId), ports, stops);
  const hashed = hashInputs(runId, context);
  const streamed = streamOutput(runId, container, ports);
  // Both are awaited below; until then a failure of theirs must not count as unhandled.
  hashed.catch(() => undefined);
  streamed.catch(() => undefined);

  let isOver = false;
  const told = container.whenAway?.().then((warning) => {
    if (!isOver) note({ type: 'warning', ...warning });
  });
  // A warning that cannot be written down ends no run.
  told?.catch(() => undefined);
  const exit = await exitOf(container, streamed, stops, {
    graceMs: found.options.stopGraceMs,
    onStop: (cause) => {
      note({ type: 'stop-requested', cause });
      const { state } = journal.read(runId);
      if (cause !== 'time-limit' && nextStates(state).includes('CANCELING'))
        note({ type: 'state', state: 'CANCELING' });
    },
  });
  isOver = true;
  stops.stopTimer();
  const { offsets, tail } = await streamed;
  const again = retryOfExit({ ...journal.read(runId), exit }, exit, tail, descriptor);
  const { warnings = [], ...exitFacts } = exit;
  const record = note(
    { type: 'exit', ...exitFacts },
    { type: 'logs', stdoutBytes: offsets.stdout, stderrBytes: offsets.stderr },
    ...warnings.map((warning): EventBody => ({ type: 'warning', ...warning })),
    ...(await hashed),
    ...(again === undefined ? [{ type: 'phase', phase: 'collect' } as const] : []),
  );
  // How it ended and what it said is on the disk: a crash from here on collects again, container or not.
  const removed = Promise.resolve(container[Symbol.asyncDispose]());
  removed.catch(() => undefined);
  if (again !== undefined && (await succeeds(removed)))
    return giveUp(record, ports, again.failure, again.plan);
  const outcome = await collect(record, exit, tail, context);
  await removed;
  return settle(runId, ports, outcome);
}

/**
 * As `finishRun`; whatever becomes of it, nothing stays of the container. Throws `BegunUnwritten`, and then
 * it stays.
 */
export async function finishAndRemove(
  runId: string,
  container: StartedContainer,
  context: FinishContext,
): Promise<RunRecord> {
  try {
    return await finishRun(runId, container, context);
  } catch (error) {
    if (error instanceof BegunUnwritten) container.leave?.();
    else await container[Symbol.asyncDispose]();
    throw error;
  }
}

/** The failure of an attempt that has ended, and what comes next, where the policy has it tried again. */
export function retryOfExit(
  record: RunRecord,
  exit: ExitStatus,
  tail: string,
  descriptor: Descriptor,
): { readonly failure: Failure; readonly plan: RetryPlan } | undefined {
  const outcome = outcomeOfExit({ record, exit, faults: [], tail, ...meaningOf(exit, descriptor) });
  if (outcome.kind === 'complete') return undefined;
  const plan = retryOf(record, outcome.failure, mayHaveBegun(record));
  return plan && { failure: outcome.failure, plan };
}

const succeeds = (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const meaningOf = (
  { exitCode }: ExitStatus,
  { errorCodes }: Descriptor,
): { readonly exitMeaning?: string } => {
  const meaning = errorCodes.find(({ code }) => code === exitCode)?.description;
  return meaning === undefined ? {} : { exitMeaning: meaning };
};

/**
 * Publishes and records the outputs, and with them the failure if there is one, so that a crash
 * behind this line loses nothing; then clears what only the running app needed.
 */
export async function collect(
  record: RunRecord,
  exit: ExitStatus,
  tail: string,
  { ports: { journal, observer }, descriptor }: Pick<FinishContext, 'ports' | 'descriptor'>,
): Promise<RunOutcome> {
  const runFolder = journal.runFolder(record.runId);
  const ended =
    exit.exitCode === 0 &&
    !exit.outOfMemory &&
    exit.ending === undefined &&
    record.stopCause === undefined;
  const { outputs, partial, faults, warnings } = await collectOutputs(record, runFolder, ended);
  const outcome = whenGivenUp(
    record,
    outcomeOfExit({ record, exit, faults, tail, ...meaningOf(exit, descriptor) }),
  );
  const failure: EventBody[] =
    outcome.kind === 'complete' ? [] : [{ type: 'failure', failure: outcome.failure }];
  // Appended first: an optional call does not even evaluate its argument when nobody observes.
  const collected = journal.append(record.runId, [
    { type: 'outputs', outputs, partial },
    ...warnings.map((warning) => ({ type: 'warning' as const, ...warning })),
    ...failure,
  ]);
  observer.onRecord?.(collected);
  if (outcome.kind === 'complete') await clearEveryScratch(runFolder, attemptOf(record));
  return outcome;
}

/** A deadline that a crash of ours does not prolong: an adopted run has only what is left of it. */
function startTimer(record: RunRecord, { clock }: RunPorts, stops: Stops): void {
  const limitMs = record.options.timeoutMs;
  if (limitMs === undefined) return;
  const started = record.phases.findLast(({ phase }) => phase === 'run')?.startedAt;
  const spentMs = started === undefined ? 0 : clock.now().getTime() - epochMs(started);
  stops.startTimer(Math.max(0, limitMs - Math.max(0, spentMs)));
}

/** The `inputs` event, and a warning instead of an error when an input changed or vanished meanwhile. */
async function hashInputs(runId: string, context: FinishContext): Promise<EventBody[]> {
  const { inputs, ports, stops } = context;
  const { inputs: known, inputOrigins = [] } = ports.journal.read(runId);
  if (inputs.length === 0 || known.length > 0) return [];
  try {
    return [{ type: 'inputs', inputs: await inputFacts(inputs, inputOrigins, stops.signal) }];
  } catch (error) {
    const why = stops.signal.aborted ? 'the run was stopped' : messageOf(error);
    return [
      {
        type: 'warning',
        code: 'inputs-not-hashed',
        message: `sizes and checksums of the inputs are not known: ${why}`,
      },
    ];
  }
}

interface StopPlan {
  readonly graceMs: number;
  readonly onStop: (cause: StopCause) => void;
}

/** The exit of the program, by itself or because it was stopped. */
async function exitOf(
  container: StartedContainer,
  log: Promise<unknown>,
  stops: Stops,
  { graceMs, onStop }: StopPlan,
): Promise<ExitStatus> {
  const ended = container.wait();
  const first = await Promise.race([ended, stopped(stops.signal), failed(log)]);
  if (first !== 'stopped') return first;
  const cause = stops.cause;
  if (cause !== undefined) onStop(cause);
  const killed = stopped(stops.kill).then(() => container.stop(0));
  await Promise.race([container.stop(graceMs), killed]);
  return ended;
}

const failed = (work: Promise<unknown>): Promise<never> =>
  new Promise((_, reject) => {
    work.catch(reject);
  });
