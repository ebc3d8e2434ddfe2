import type { RunPhase, RunRecord } from '../runner/index.ts';
import { ago, between, duration } from './text/amounts.ts';
import { lookOf, type TextOptions } from './text/layout.ts';
import { visible, wrap } from './text/printable.ts';
import { stateText } from './text/words.ts';

/** Why a run is where it is. */
export interface Why {
  readonly runId: string;
  readonly state: RunRecord['state'];
  /** Stable, for programs: a failure code, the engine's reason to wait, or one of ours. */
  readonly code: string;
  /** One sentence, for people. */
  readonly sentence: string;
  readonly hint?: string;
  /** RFC 3339: since when it is so. */
  readonly since: string;
}

export interface WhyFacts {
  readonly now: Date;
  /** Whether a living process has the run in hand. */
  readonly attended: boolean;
  /** Of a run that a batch has queued: how many of its runs come before it. */
  readonly ahead?: number;
  /** What a server's queue says that it waits for. */
  readonly queue?: { readonly code: string; readonly message: string };
}

/** The reason for any state of a run. Pure. */
export function whyOf(record: RunRecord, facts: WhyFacts): Why {
  const { runId, state } = record;
  const why = (code: string, sentence: string, since: string, hint?: string): Why => ({
    runId,
    state,
    code,
    sentence,
    ...(hint === undefined ? {} : { hint }),
    since,
  });
  const { failure, phases, createdAt, endedAt = record.updatedAt } = record;
  const since = phases.at(-1)?.startedAt ?? createdAt;
  switch (state) {
    case 'QUEUED':
      return queuedWhy(record, facts, why);
    case 'INITIALIZING':
      return waitingWhy(record, facts, why);
    case 'RUNNING':
      return facts.attended
        ? why(
            'running',
            `The app runs, for ${forText(since, facts.now)}${percentText(record)}.`,
            since,
          )
        : why(
            'unattended',
            'The app runs, or has ended, but the process that followed it has died.',
            since,
            followHint(runId),
          );
    case 'CANCELING':
      return why(
        'canceling',
        `It is being stopped, as ${WHO[record.stopCause ?? 'user']} asked.`,
        record.updatedAt,
      );
    case 'COMPLETE':
      return why(
        'complete',
        `It completed, in ${duration(between(phases[0]?.startedAt ?? createdAt, endedAt))}.`,
        endedAt,
      );
    case 'EXECUTOR_ERROR':
    case 'SYSTEM_ERROR':
    case 'CANCELED':
    case 'PREEMPTED':
      return why(
        failure?.code ?? 'internal',
        sentenceOf(failure?.message ?? 'nothing is known of its end'),
        endedAt,
        failure?.hint,
      );
    default:
      return state satisfies never;
  }
}

type MakeWhy = (code: string, sentence: string, since: string, hint?: string) => Why;

function queuedWhy(
  { runId, batch, queue, createdAt }: RunRecord,
  { attended, ahead, queue: waits }: WhyFacts,
  why: MakeWhy,
): Why {
  const since = queue?.since ?? createdAt;
  if (waits !== undefined) return why(waits.code, sentenceOf(waits.message), since);
  if (queue !== undefined && !attended)
    return why(
      'unattended',
      'It never began: the server whose queue it is in has died.',
      createdAt,
      '`cyto-run serve` goes on with the queue of this data folder.',
    );
  if (queue !== undefined)
    return why(
      'queued',
      `It waits in the queue of a server${queue.held === undefined ? '' : `, held by ${queue.held.by}`}.`,
      since,
      'The server itself knows for what: GET /runner/v1/runs/RUN/why.',
    );
  if (batch === undefined) return why('queued', 'It is about to begin.', createdAt);
  const others = ahead === undefined ? '' : `, ${ahead} of its runs come before it`;
  return attended
    ? why('batch-turn', `It waits for its turn in batch ${batch.id}${others}.`, createdAt)
    : why(
        'unattended',
        `It never began: the process of batch ${batch.id} has died.`,
        createdAt,
        `\`cyto-run batch --resume ${batch.id}\` goes on with all of it, \`cyto-run wait ${runId}\` with this one.`,
      );
}

function waitingWhy(
  { runId, waiting, phases, createdAt, retry, queue: place }: RunRecord,
  { attended, now, queue }: WhyFacts,
  why: MakeWhy,
): Why {
  const phase = phases.at(-1);
  const since = waiting?.since ?? phase?.startedAt ?? createdAt;
  if (!attended)
    return why(
      'unattended',
      waiting === undefined
        ? 'It had not begun when the process that followed it died.'
        : `When the process that followed it died, it waited: ${waiting.message}.`,
      since,
      followHint(runId),
    );
  // The pause before another attempt is over, and others come first.
  if (queue !== undefined && queue.code !== 'retry')
    return why(queue.code, sentenceOf(queue.message), laterOf(since, place?.since));
  if (waiting === undefined)
    return why(
      PHASE_WHY[phase?.phase ?? 'stage'].code,
      PHASE_WHY[phase?.phase ?? 'stage'].sentence,
      since,
    );
  const until =
    waiting.code === 'retry' && retry !== undefined
      ? ` in ${duration(between(now.toISOString(), retry.notBefore))}`
      : `, for ${forText(since, now)}`;
  return why(waiting.code, sentenceOf(`${waiting.message}${until}`), since);
}

/** RFC 3339 in UTC can be compared as text. */
const laterOf = (one: string, other: string | undefined): string =>
  other !== undefined && other > one ? other : one;

const PHASE_WHY: Record<RunPhase, { readonly code: string; readonly sentence: string }> = {
  stage: { code: 'staging', sentence: 'Its inputs are being placed.' },
  pull: { code: 'image-pull', sentence: 'Its image is being brought.' },
  create: { code: 'starting', sentence: 'Its container is being made.' },
  wait: { code: 'waiting', sentence: 'It waits for its turn; the engine has not said why yet.' },
  run: { code: 'starting', sentence: 'Its app is about to run.' },
  collect: { code: 'collecting', sentence: 'Its outputs are being collected.' },
};

const WHO = {
  user: 'the user',
  platform: 'the platform',
  shutdown: 'the shutdown of this program',
  'time-limit': 'its time limit',
} as const;

const followHint = (runId: string): string =>
  `\`cyto-run wait ${runId}\` follows it to its end, \`cyto-run cancel ${runId}\` ends it.`;

const percentText = ({ progress }: RunRecord): string =>
  progress === undefined ? '' : `, ${progress.percent} % done`;

const forText = (since: string, now: Date): string =>
  duration(Math.max(0, between(since, now.toISOString())));

/** A clause as a sentence. */
const sentenceOf = (clause: string): string => {
  const text = visible(clause.trim());
  const ended = /[.!?]$/.test(text) ? text : `${text}.`;
  // A URL stays what it is.
  return /^[a-z][a-z\d+.-]*:\/\//.test(ended)
    ? ended
    : ended.charAt(0).toUpperCase() + ended.slice(1);
};

/** What `why` prints: state and code, the sentence, what to try. */
export function renderWhy(
  { runId, state, code, sentence, hint, since }: Why,
  options: TextOptions & { readonly now: Date },
): string {
  const { paint, width } = lookOf(options);
  return [
    `${runId}  ${stateText(state, paint)}  ${paint.bold(visible(code))}  ${paint.dim(`since ${ago(since, options.now)}`)}`,
    ...wrap(sentence, width),
    ...(hint === undefined ? [] : wrap(visible(hint), width).map(paint.dim)),
    '',
  ].join('\n');
}
