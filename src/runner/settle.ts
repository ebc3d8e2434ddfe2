import { fileSize } from '../base/file-size.ts';
import { RunnerError, type ErrorCode } from '../base/errors.ts';
import type { EngineEnding, ExitStatus } from '../container/index.ts';
import type { EventBody, RunOptions } from './events.ts';
import type { RunPorts } from './execute-run.ts';
import {
  FAILURE_CODES,
  outcomeOf,
  TERMINAL_STATE,
  type Failure,
  type FailureCode,
  type RunOutcome,
  type StopCause,
} from './outcome.ts';
import type { RunRecord } from './record.ts';
import { isTerminal, nextStates } from './state.ts';
import type { Stops } from './stops.ts';

/** Writes the ending: the failure if there is one, then the terminal state, in one transaction. */
export function settle(
  runId: string,
  { journal, observer }: Pick<RunPorts, 'journal' | 'observer'>,
  outcome: RunOutcome,
): RunRecord {
  const record = journal.read(runId);
  if (isTerminal(record.state)) return record;
  const settled = journal.append(runId, endingOf(record, outcome));
  observer.onRecord?.(settled);
  return settled;
}

/** The events that take a run from where it is to its ending. Pure. */
export function endingOf(record: RunRecord, outcome: RunOutcome): EventBody[] {
  const terminal = TERMINAL_STATE[outcome.kind];
  const viaCanceling = terminal === 'CANCELED' && !nextStates(record.state).includes('CANCELED');
  const failed = outcome.kind !== 'complete' && record.failure === undefined;
  return [
    ...(failed ? [{ type: 'failure' as const, failure: outcome.failure }] : []),
    ...(viaCanceling ? [{ type: 'state' as const, state: 'CANCELING' as const }] : []),
    { type: 'state', state: terminal },
  ];
}

export interface EndedRun {
  readonly record: RunRecord;
  readonly exit: ExitStatus;
  /** What is wrong with the outputs. */
  readonly faults: readonly Failure[];
  /** The end of stderr. */
  readonly tail: string;
  /** The descriptor's sentence for this exit code, if it has one. */
  readonly exitMeaning?: string;
}

/** How a run ended whose program has ended. The first cause wins. Pure. */
export function outcomeOfExit(ended: EndedRun): RunOutcome {
  const { record, exit, faults } = ended;
  if (record.stopCause !== undefined) return outcomeOfStop(record.stopCause, record.options);
  if (exit.ending !== undefined) return outcomeOf(endingFailure(exit.ending, record));
  if (exit.outOfMemory) return outcomeOf(outOfMemory(ended));
  if (exit.exitCode !== 0) return outcomeOf(appExit(ended));
  const fault = faults[0];
  return fault === undefined ? { kind: 'complete' } : outcomeOf(fault);
}

/** What to try after an end that is not the app's own, where the engine has no better word. */
const ENDING_HINT: Record<EngineEnding['code'], (runId: string) => string> = {
  'time-limit': () => 'Give it more time with --timeout, for example --timeout 2h.',
  'node-failed': retryHint,
  preempted: retryHint,
  canceled: (runId) => `Ask whoever ended it, or repeat it with \`cyto-run rerun ${runId}\`.`,
  'image-pull-failed': retryHint,
  'staging-failed': retryHint,
  'disk-full': retryHint,
  'engine-lost': (runId) => `Repeat it with \`cyto-run rerun ${runId}\`.`,
};

function retryHint(runId: string): string {
  return `Let such failures be tried again with --retries 2, or repeat it with \`cyto-run rerun ${runId}\`.`;
}

const endingFailure = ({ code, message, hint }: EngineEnding, { runId }: RunRecord): Failure => ({
  code,
  message,
  hint: hint ?? ENDING_HINT[code](runId),
});

export function outcomeOfStop(cause: StopCause, options: RunOptions): RunOutcome {
  if (cause === 'time-limit')
    return {
      kind: 'executor-error',
      failure: {
        code: 'time-limit',
        message: `the app was stopped at its time limit of ${(options.timeoutMs ?? 0) / 1000} s`,
        hint: 'Give it more time with --timeout, for example --timeout 2h.',
      },
    };
  const who = {
    user: 'the user',
    platform: 'the platform',
    shutdown: 'the shutdown of this program',
  };
  return {
    kind: 'canceled',
    failure: { code: 'canceled', message: `the run was canceled by ${who[cause]}` },
  };
}

function outOfMemory({ record, exit }: EndedRun): Failure {
  const limit = record.container?.limits.memoryBytes;
  return {
    code: 'out-of-memory',
    message:
      limit === undefined
        ? `the kernel ended the app because the machine had no memory left (exit code ${exit.exitCode})`
        : `the app needed more than its memory limit of ${fileSize(limit)} (exit code ${exit.exitCode})`,
    hint: 'Allow more with --memory, for example --memory 8g, or give the app smaller input.',
  };
}

function appExit({ record, exit, tail, exitMeaning }: EndedRun): Failure {
  if (exit.neverRan !== undefined)
    return {
      code: 'app-exit',
      message: `the app was not started: ${exit.neverRan} (exit code ${exit.exitCode})`,
      hint: "Check the descriptor's command-line and shell against what the image holds.",
    };
  const signal = exit.exitCode > 128 ? `, ended by signal ${exit.exitCode - 128}` : '';
  const lastLine =
    tail
      .trimEnd()
      .split(/[\r\n]+/)
      .at(-1)
      ?.trim() ?? '';
  return {
    code: 'app-exit',
    message: `the app ended with exit code ${exit.exitCode}${signal}${
      exitMeaning === undefined ? '' : ` (${exitMeaning})`
    }${lastLine === '' ? '' : `; its last words: ${lastLine.slice(0, 300)}`}`,
    hint: `Its whole output is in \`cyto-run logs ${record.runId}\`.`,
  };
}

/** How a run ended that an error cut short: a stop that was asked for, the app's image, or us. */
export function outcomeOfError(error: unknown, stops: Stops, options: RunOptions): RunOutcome {
  const root = rootError(error);
  if (stops.signal.aborted && stops.cause !== undefined && !isFatal(root))
    return outcomeOfStop(stops.cause, options);
  if (!(root instanceof RunnerError)) throw error;
  const failure: Failure = {
    code: FAILURE_OF[root.code] ?? failureCodeOf(root.code),
    message: root.message,
    ...(root.hint === undefined ? {} : { hint: root.hint }),
  };
  return outcomeOf(failure);
}

/** Errors that stay what they are even if a stop was asked for meanwhile. */
const isFatal = (error: unknown): boolean =>
  error instanceof RunnerError && (error.code === 'disk-full' || error.code.startsWith('store-'));

/** Error codes that are not failure codes themselves, and which failure they make. */
const FAILURE_OF: Partial<Record<ErrorCode, FailureCode>> = {
  'engine-refused': 'staging-failed',
  'image-build-failed': 'image-not-found',
};

const failureCodeOf = (code: ErrorCode): FailureCode =>
  FAILURE_CODES.find((known) => known === code) ?? 'engine-lost';

/** What went wrong first, when releasing something failed as well. */
function rootError(error: unknown): unknown {
  return error instanceof SuppressedError ? rootError(error.suppressed) : error;
}
