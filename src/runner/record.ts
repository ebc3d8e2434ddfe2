import type {
  ContainerFacts,
  CreatedFacts,
  ExitFacts,
  ImageFacts,
  InputFacts,
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
}

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
      assertTransition(record.state, event.state);
      return isTerminal(event.state)
        ? {
            ...next,
            state: event.state,
            endedAt: event.at,
            phases: closed(record.phases, event.at),
          }
        : { ...next, state: event.state };
    case 'phase':
      return {
        ...next,
        phases: [...closed(record.phases, event.at), { phase: event.phase, startedAt: event.at }],
      };
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
    default:
      return event satisfies never;
  }
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
