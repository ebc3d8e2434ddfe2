import type { ContainerLimits, WaitReason } from '../container/index.ts';
import type {
  ContainerFacts,
  CreatedFacts,
  ExitFacts,
  ImageFacts,
  InputFacts,
  NextAttempt,
  OutputFacts,
  RunEvent,
  RunPhase,
} from './events.ts';
import type { Failure, StopCause } from './outcome.ts';
import { assertTransition, isTerminal, type RunState } from './state.ts';

/** What is known of a run: its events, folded. Never written to directly. */
export interface RunRecord extends CreatedFacts {
  readonly runId: string;
  readonly state: RunState;
  readonly seq: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt?: string;
  readonly phases: readonly PhaseTimes[];
  readonly image?: ImageFacts;
  readonly container?: ContainerFacts;
  readonly inputs: readonly InputFacts[];
  readonly progress?: { readonly percent: number; readonly message?: string };
  /** The first cause of a stop; later ones change nothing. */
  readonly stopCause?: StopCause;
  readonly exit?: ExitFacts;
  readonly logs?: { readonly stdoutBytes: number; readonly stderrBytes: number };
  readonly outputs: readonly OutputFacts[];
  /** Whether outputs have been looked for and recorded. */
  readonly outputsCollected: boolean;
  readonly outputsPartial: boolean;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly failure?: Failure;
  /** What it waits for now, and since when. */
  readonly waiting?: WaitReason & { readonly since: string };
  /** Earlier attempts, oldest first; what is said above is of the newest. */
  readonly attempts?: readonly AttemptFacts[];
  /** How the newest attempt, begun or to come, differs from the first. */
  readonly retry?: NextAttempt;
}

/** What is known of an attempt that was followed by another. */
export interface AttemptFacts {
  readonly attempt: number;
  readonly failure: Failure;
  readonly startedAt: string;
  readonly endedAt: string;
  /** Name of its container, if it came to that. */
  readonly container?: string;
  readonly limits?: ContainerLimits;
  readonly exit?: ExitFacts;
  readonly logs?: { readonly stdoutBytes: number; readonly stderrBytes: number };
}

/** The number of the newest attempt, begun or to come; from 1. */
export const attemptOf = ({ retry }: Pick<RunRecord, 'retry'>): number => retry?.attempt ?? 1;

/** When the app of the newest attempt began to run, RFC 3339; undefined: it has not. */
export const startedAtOf = ({
  phases,
  attempts,
}: Pick<RunRecord, 'phases' | 'attempts'>): string | undefined => {
  const before = attempts?.at(-1)?.endedAt ?? '';
  return phases.findLast(({ phase, startedAt }) => phase === 'run' && startedAt >= before)
    ?.startedAt;
};

export interface PhaseTimes {
  readonly phase: RunPhase;
  readonly startedAt: string;
  readonly endedAt?: string;
}

/** The record after one more event. Throws when the event does not follow: that is our bug. */
export function applyEvent(record: RunRecord | undefined, event: RunEvent): RunRecord {
  if (record === undefined) return firstRecord(event);
  if (event.runId !== record.runId)
    throw new TypeError(`event of run ${event.runId} applied to ${record.runId}`);
  if (event.seq !== record.seq + 1)
    throw new TypeError(`event ${event.seq} applied after ${record.seq}`);
  const next = { ...record, seq: event.seq, updatedAt: event.at };
  switch (event.type) {
    case 'created':
      throw new TypeError(`run ${event.runId} was created twice`);
    case 'state':
      return inState(next, event);
    case 'phase':
      return {
        ...notWaiting(next),
        phases: [...closed(record.phases, event.at), { phase: event.phase, startedAt: event.at }],
      };
    case 'waiting':
      return { ...next, waiting: { code: event.code, message: event.message, since: event.at } };
    case 'image':
      return { ...next, image: facts(event) };
    case 'container':
      return { ...next, container: facts(event) };
    case 'inputs':
      return { ...next, inputs: event.inputs };
    case 'progress':
      return {
        ...next,
        progress: {
          percent: event.percent,
          ...(event.message === undefined ? {} : { message: event.message }),
        },
      };
    case 'stop-requested':
      return { ...next, stopCause: record.stopCause ?? event.cause };
    case 'exit':
      return { ...next, exit: facts(event) };
    case 'logs':
      return { ...next, logs: facts(event) };
    case 'outputs':
      return {
        ...next,
        outputs: event.outputs,
        outputsCollected: true,
        outputsPartial: event.partial,
      };
    case 'warning':
      return {
        ...next,
        warnings: [...record.warnings, { code: event.code, message: event.message }],
      };
    case 'failure':
      return { ...next, failure: record.failure ?? event.failure };
    case 'attempt-failed':
      return beforeNextAttempt(next, event);
    case 'queue':
      return { ...next, queue: event.queue };
    default:
      return event satisfies never;
  }
}

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

function inState(record: RunRecord, { state, at }: EventOf<'state'>): RunRecord {
  assertTransition(record.state, state);
  // Whatever was asked of the engine is gone again.
  if (state === 'QUEUED') {
    const { container: _container, ...unasked } = notWaiting(record);
    return { ...unasked, state };
  }
  if (!isTerminal(state)) return { ...record, state };
  const phases = closed(record.phases, at);
  return { ...notWaiting(record), state, endedAt: at, phases };
}

/** What an attempt left goes into the list; the record is as before it but for the image and the inputs. */
function beforeNextAttempt(
  record: RunRecord,
  { attempt, failure, next, at }: EventOf<'attempt-failed'>,
): RunRecord {
  const { container, exit, logs, progress: _progress, attempts = [], ...kept } = notWaiting(record);
  const ended: AttemptFacts = {
    attempt,
    failure,
    startedAt: attempts.at(-1)?.endedAt ?? kept.phases[0]?.startedAt ?? kept.createdAt,
    endedAt: at,
    ...(container === undefined ? {} : { container: container.name, limits: container.limits }),
    ...(exit === undefined ? {} : { exit }),
    ...(logs === undefined ? {} : { logs }),
  };
  return { ...kept, attempts: [...attempts, ended], retry: next };
}

function notWaiting(record: RunRecord): RunRecord {
  if (record.waiting === undefined) return record;
  const { waiting: _waiting, ...rest } = record;
  return rest;
}

/** Folds a run's whole log. Throws on an empty log or a gap. */
export function foldEvents(events: readonly RunEvent[]): RunRecord {
  const record = events.reduce<RunRecord | undefined>(applyEvent, undefined);
  if (record === undefined) throw new TypeError('a run has at least one event');
  return record;
}

function firstRecord(event: RunEvent): RunRecord {
  if (event.type !== 'created' || event.seq !== 1)
    throw new TypeError(`the first event of run ${event.runId} is ${event.type} ${event.seq}`);
  return {
    ...facts(event),
    runId: event.runId,
    state: 'QUEUED',
    seq: 1,
    createdAt: event.at,
    updatedAt: event.at,
    phases: [],
    inputs: [],
    outputs: [],
    outputsCollected: false,
    outputsPartial: false,
    warnings: [],
  };
}

const closed = (phases: readonly PhaseTimes[], at: string): PhaseTimes[] =>
  phases.map((phase) => (phase.endedAt === undefined ? { ...phase, endedAt: at } : phase));

/** The body of an event without what every event has. */
function facts<Event extends RunEvent>(event: Event): Omit<Event, 'type' | 'runId' | 'seq' | 'at'> {
  const { type: _type, runId: _runId, seq: _seq, at: _at, ...body } = event;
  return body;
}
