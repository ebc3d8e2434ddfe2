import { epochMs } from '../../base/clock.ts';
import type { RunRecord } from '../../runner/index.ts';
import { duration } from './amounts.ts';

/** Milliseconds of a run, from its creation to its end, or to now while it lasts. */
export interface Spans {
  /** In a queue: of a server, of a cluster, or for the next attempt. */
  readonly waitedMs: number;
  /** All the rest: placing inputs, bringing the image, the app itself, collecting. */
  readonly tookMs: number;
  /** False: it ended, or still is, in the queue. */
  readonly began: boolean;
}

type Timed = Pick<RunRecord, 'createdAt' | 'endedAt' | 'phases'>;

/** How long a run waited and how long it took. Undefined for one that has not ended without `now`. Pure. */
export function spansOf(
  { createdAt, endedAt, phases }: Timed,
  now: Date | undefined,
): Spans | undefined {
  const endMs = endedAt === undefined ? now?.getTime() : epochMs(endedAt);
  if (endMs === undefined) return undefined;
  const createdMs = epochMs(createdAt);
  const [first] = phases;
  const queuedMs = (first === undefined ? endMs : epochMs(first.startedAt)) - createdMs;
  const waitedMs = phases
    .filter(({ phase }) => phase === 'wait')
    .map(
      (wait) =>
        (wait.endedAt === undefined ? endMs : epochMs(wait.endedAt)) - epochMs(wait.startedAt),
    )
    .reduce((sum, ms) => sum + ms, queuedMs);
  return { waitedMs, tookMs: endMs - createdMs - waitedMs, began: first !== undefined };
}

/** A shorter wait is how long it takes to begin, and is told with the rest. */
const WAIT_TOLD_MS_MIN = 1_000;

/** ` in 4 s`, ` in 4 s after waiting 2 min`, ` after waiting 2 min; it never began`. */
export function spansText(record: Timed, now: Date | undefined): string {
  const spans = spansOf(record, now);
  if (spans === undefined) return '';
  const { waitedMs, tookMs, began } = spans;
  if (waitedMs < WAIT_TOLD_MS_MIN) return ` in ${duration(waitedMs + tookMs)}`;
  const waited = ` after waiting ${duration(waitedMs)}`;
  if (began) return ` in ${duration(tookMs)}${waited}`;
  return record.endedAt === undefined ? waited : `${waited}; it never began`;
}

/** The same as facts of a list: `took 4 s`, `waited 2 min`. */
export function spanFacts(record: Timed, now: Date | undefined): string[] {
  const spans = spansOf(record, now);
  if (spans === undefined) return [];
  const { waitedMs, tookMs, began } = spans;
  const isOver = record.endedAt !== undefined;
  const took = isOver ? 'took' : 'for';
  if (waitedMs < WAIT_TOLD_MS_MIN) return [`${took} ${duration(waitedMs + tookMs)}`];
  return [
    `${isOver || began ? 'waited' : 'waits for'} ${duration(waitedMs)}`,
    ...(began ? [`${took} ${duration(tookMs)}`] : isOver ? ['never began'] : []),
  ];
}
