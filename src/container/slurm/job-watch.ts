import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ExitStatus, LogOffsets, OutputChunk, OutputStream, WaitReason } from '../engine.ts';
import { judge, NOTHING_KNOWN, type Evidence, type Verdict } from './judge.ts';
import { parseJobExit } from './job-exit.ts';
import type { JobFiles } from './layout.ts';
import type { JobKey, Sighting } from './queries.ts';
import { meaningOf } from './state-table.ts';
import { isWaitingForTurn, waitReason } from './wait-reasons.ts';

/** Somebody reads the output, and waits for what lies behind the offsets. */
export interface Reader {
  readonly offsets: LogOffsets;
  readonly answer: (chunks: readonly OutputChunk[]) => void;
}

/** When an answer came, and when its question was asked. */
export interface Heard {
  readonly nowMs: number;
  readonly askedMs: number;
}

export const STREAMS: readonly OutputStream[] = ['stdout', 'stderr'];

/** What is known of one job, and who waits for what of it. Fed by `ClusterWatch`. */
export class JobWatch {
  readonly files: JobFiles;
  readonly key: JobKey;
  /** Resolves once it is over. */
  readonly ended: Promise<ExitStatus>;
  /** Resolves once it was begun or is over. */
  readonly begun: Promise<void>;
  readonly readers = new Set<Reader>();
  readonly #listeners = new Set<(reason: WaitReason) => void>();
  readonly #end = Promise.withResolvers<ExitStatus>();
  readonly #begin = Promise.withResolvers<undefined>();
  #evidence: Evidence;
  #verdict: Verdict = { kind: 'waiting' };
  #reason: WaitReason | undefined;
  #ahead: number | undefined;
  #overSinceMs = 0;
  #closed = false;
  /** Not in the scheduler's last whole list: the others are asked as well. */
  isMissed = false;

  constructor(files: JobFiles, key: JobKey, known: Partial<Evidence> = {}) {
    this.files = files;
    this.key = key;
    this.#evidence = { ...NOTHING_KNOWN, ...known };
    this.ended = this.#end.promise;
    this.begun = this.#begin.promise;
    // Whoever waits hears of it; nobody need be there.
    this.ended.catch(() => undefined);
  }

  get evidence(): Evidence {
    return this.#evidence;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  get isOpen(): boolean {
    return !this.#closed && this.#verdict.kind !== 'over';
  }

  get isWaitingForTurn(): boolean {
    const { seen } = this.#evidence;
    return this.#verdict.kind === 'waiting' && seen !== undefined && isWaitingForTurn(seen);
  }

  /** The scheduler's word is needed soon, not by and by. */
  get isUnclear(): boolean {
    const { stopAsked } = this.#evidence;
    return this.isOpen && (this.#verdict.kind === 'unclear' || this.isMissed || stopAsked);
  }

  onWaiting(listener: (reason: WaitReason) => void): void {
    this.#listeners.add(listener);
    if (this.#reason !== undefined && this.#verdict.kind === 'waiting') listener(this.#reason);
  }

  /** The text of its exit file was read. */
  noteExit(text: string, nowMs: number): void {
    const is = parseJobExit(text);
    if (is !== undefined && this.#evidence.exit === undefined)
      this.#learn({ exit: { is, sinceMs: nowMs }, begun: true }, nowMs);
  }

  noteBegun(nowMs: number): void {
    if (!this.#evidence.begun) this.#learn({ begun: true }, nowMs);
  }

  /** We asked it to end; `withdrawn`: and it had not begun, and never will. */
  noteStop(withdrawn: boolean, nowMs: number): void {
    this.#learn({ stopAsked: true, ...(withdrawn ? { withdrawn } : {}) }, nowMs);
  }

  /**
   * The scheduler (`scheduler`) or accounting (`accounting`) said a word of it. Accounting lags: what
   * it says of a job that is not over counts for nothing.
   */
  noteSeen(seen: Sighting, from: 'scheduler' | 'accounting', { nowMs, askedMs }: Heard): void {
    const isOver = meaningOf(seen.state).kind === 'over';
    if (from === 'accounting' && !isOver) return;
    if (from === 'scheduler') this.isMissed = false;
    const absent = { answers: 0, sinceMs: nowMs };
    const { over: before, ...rest } = this.#evidence;
    // What one source adds (the exit code, the node) is kept when another repeats its word without it.
    const is = { ...before?.is, ...seen };
    this.#evidence = rest;
    this.#learn(
      {
        seen,
        seenAskedMs: askedMs,
        absent,
        ...(isOver ? { over: { is, sinceMs: before?.sinceMs ?? nowMs } } : {}),
      },
      nowMs,
    );
  }

  /** The scheduler's whole list does not name it. */
  noteMissed(nowMs: number): void {
    this.isMissed = true;
    this.look(nowMs);
  }

  /** A second source, asked because it was missed, does not know it either. */
  noteUnknown(nowMs: number): void {
    if (!this.isMissed) return;
    const { answers, sinceMs } = this.#evidence.absent;
    const absent = { answers: answers + 1, sinceMs: answers === 0 ? nowMs : sinceMs };
    this.#learn({ absent }, nowMs);
  }

  /** The node that the scheduler gave it is out of service, and why; empty: it is not. */
  noteNode(complaint: string, nowMs: number): void {
    this.#learn({ nodeComplaint: complaint }, nowMs);
  }

  noteAhead(ahead: number, nowMs: number): void {
    this.#ahead = ahead;
    this.look(nowMs);
  }

  /** Judges again: time alone may decide. */
  look(nowMs: number): void {
    if (!this.isOpen) return;
    this.#verdict = judge(this.#evidence, nowMs);
    this.#tellWaiting();
    if (this.#verdict.kind === 'running' || this.#verdict.kind === 'over')
      this.#begin.resolve(undefined);
    if (this.#verdict.kind !== 'over') return;
    this.#overSinceMs = nowMs;
    this.#end.resolve(this.#verdict.status);
  }

  /** The next pieces of the output; none once it is over and all has been read. */
  read(offsets: LogOffsets): Promise<readonly OutputChunk[]> {
    if (this.#closed || this.#isAllRead(offsets)) return Promise.resolve([]);
    return new Promise((answer) => this.readers.add({ offsets, answer }));
  }

  /** What was found behind a reader's offsets, in a look that began at `askedMs`. */
  noteOutput(reader: Reader, chunks: readonly OutputChunk[], askedMs: number): void {
    const isOver = this.#verdict.kind === 'over' && this.#overSinceMs <= askedMs;
    const isLate =
      isOver &&
      this.#evidence.exit !== undefined &&
      !this.#isAllRead(reader.offsets) &&
      askedMs - this.#overSinceMs < LIMITS.slurmOutputLateMs;
    if (chunks.length === 0 && (!isOver || isLate)) return;
    this.readers.delete(reader);
    reader.answer(chunks);
  }

  /** Nobody watches it any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const reader of this.readers) reader.answer([]);
    this.readers.clear();
    this.#begin.resolve(undefined);
    this.#end.reject(new RunnerError('engine-lost', `${this.files.name} was removed`));
  }

  #isAllRead(offsets: LogOffsets): boolean {
    const bytes = this.#evidence.exit?.is.outputBytes;
    return (
      this.#verdict.kind === 'over' &&
      bytes !== undefined &&
      STREAMS.every((stream) => offsets[stream] >= bytes[stream])
    );
  }

  #learn(news: Partial<Evidence>, nowMs: number): void {
    if (!this.isOpen) return;
    this.#evidence = { ...this.#evidence, ...news };
    this.look(nowMs);
  }

  #tellWaiting(): void {
    const { seen } = this.#evidence;
    if (this.#verdict.kind !== 'waiting' || seen === undefined) return;
    const ahead = this.#ahead === undefined ? {} : { ahead: this.#ahead };
    const reason = waitReason({ ...seen, ...ahead });
    if (reason.message === this.#reason?.message) return;
    this.#reason = reason;
    for (const listener of this.#listeners) listener(reason);
  }
}
