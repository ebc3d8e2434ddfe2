import { LIMITS } from '../base/limits.ts';
import type { OutputChunk, OutputStream } from '../container/index.ts';
import {
  PROGRESS_MARKER,
  progressOfLine,
  tqdmProgress,
  type Progress,
} from './progress-grammar.ts';

export type { Progress };

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const PERCENT = 0x25;
const POINT = 0x2e;
const ESCAPE = 0x1b;
/** tqdm goes back up one line with this after it has drawn a bar below another. */
const CURSOR_UP = '\u001b[A';

export interface ProgressReader {
  /** What the chunk's lines say, in order, without repetitions; seldom anything. */
  push(chunk: OutputChunk): readonly Progress[];
}

/**
 * Reads progress out of what an app prints, by the grammar of docs/progress.md. Lines end at a line
 * feed or a carriage return; the streams are kept apart; how the bytes are cut into chunks changes
 * nothing. Memory is at most `LIMITS.progressLineBytesMax` a stream; output that says nothing of
 * progress is never decoded.
 */
export function progressReader(): ProgressReader {
  const streams: Record<OutputStream, LineReader> = {
    stdout: new LineReader(),
    stderr: new LineReader(),
  };
  let last: Progress | undefined;
  return {
    push: ({ stream, bytes }) => {
      const found: Progress[] = [];
      streams[stream].read(bytes, (progress) => {
        const repeated =
          last?.percent === progress.percent &&
          last.message === progress.message &&
          last.source === progress.source;
        if (!repeated) found.push(progress);
        last = progress;
      });
      return found;
    },
  };
}

type Found = (progress: Progress) => void;

/** One stream: whole lines are looked at where they lie, only an unfinished one is copied. */
class LineReader {
  /** The beginning of the unfinished line. */
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #percentHeld = false;
  /** Whether it was decided already if the unfinished line is a bar. */
  #barLooked = false;
  /** The bytes before the unfinished line. */
  #before = -1;
  #beforeThat = -1;

  read(chunk: Uint8Array, found: Found): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const first = firstEnd(bytes);
    if (first < 0) {
      this.#hold(bytes, found);
      return;
    }
    this.#hold(bytes.subarray(0, first), found);
    this.#finish(found);
    const lastEnd = Math.max(bytes.lastIndexOf(LINE_FEED), bytes.lastIndexOf(CARRIAGE_RETURN));
    const beforeChunk = this.#lastByte();
    this.#scan(bytes, { first, last: lastEnd, beforeChunk }, found);
    this.#beforeThat = lastEnd > 0 ? (bytes[lastEnd - 1] ?? -1) : beforeChunk;
    this.#before = bytes[lastEnd] ?? -1;
    this.#drop();
    this.#hold(bytes.subarray(lastEnd + 1), found);
  }

  /** Looks at the lines between two line ends that hold something a progress line must hold. */
  #scan(
    bytes: Buffer,
    ends: { first: number; last: number; beforeChunk: number },
    found: Found,
  ): void {
    if (ends.last <= ends.first) return;
    const percents = finder(bytes, PERCENT, mayBeProgress);
    const markers = finder(bytes, PROGRESS_MARKER);
    const feeds = finder(bytes, LINE_FEED);
    const returns = finder(bytes, CARRIAGE_RETURN);
    let done = ends.first;
    for (;;) {
      const at = Math.min(percents(done), markers(done));
      if (at >= ends.last) return;
      const gap = bytes.subarray(done, at);
      const start =
        done + Math.max(gap.lastIndexOf(LINE_FEED), gap.lastIndexOf(CARRIAGE_RETURN)) + 1;
      const end = Math.min(feeds(at), returns(at));
      const beforeThat = start > 1 ? bytes[start - 2] : ends.beforeChunk;
      const inner = bytes[start - 1] === CARRIAGE_RETURN && beforeThat === LINE_FEED;
      look(bytes.subarray(start, end), inner, found);
      done = end;
    }
  }

  #hold(bytes: Buffer, found: Found): void {
    if (bytes.length === 0) return;
    const room = LIMITS.progressLineBytesMax - this.#heldBytes;
    // A copy: the chunk's memory may be used again.
    if (room > 0) this.#held.push(Buffer.from(bytes.subarray(0, room)));
    this.#heldBytes += Math.min(room, bytes.length);
    this.#percentHeld ||= room > 0 && bytes.includes(PERCENT);
    if (this.#percentHeld && !this.#barLooked) this.#lookAhead(found);
  }

  /** tqdm ends a bar only when it draws the next: without this the last one is always missing. */
  #lookAhead(found: Found): void {
    if (this.#startsBelow()) return;
    const line = this.#line();
    const at = line.indexOf(PERCENT);
    if (at + 1 === line.length) return;
    this.#barLooked = true;
    const head = line.subarray(0, at + 2);
    if (head.includes(ESCAPE)) return;
    const bar = tqdmProgress(head.toString().trimStart());
    if (bar !== undefined) found(bar);
  }

  #finish(found: Found): void {
    if (this.#heldBytes === 0) return;
    const line = this.#line();
    if (this.#percentHeld || line.includes(PROGRESS_MARKER)) look(line, this.#startsBelow(), found);
  }

  #line(): Buffer {
    const [only] = this.#held;
    if (only !== undefined && this.#held.length === 1) return only;
    const line = Buffer.concat(this.#held);
    this.#held.splice(0, this.#held.length, line);
    return line;
  }

  #startsBelow(): boolean {
    return this.#before === CARRIAGE_RETURN && this.#beforeThat === LINE_FEED;
  }

  #lastByte(): number {
    return this.#heldBytes === 0 ? this.#before : (this.#held.at(-1)?.at(-1) ?? -1);
  }

  #drop(): void {
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.#percentHeld = false;
    this.#barLooked = false;
  }
}

/** A bar drawn below another and left upwards is a part of the other's work: it does not count. */
function look(line: Buffer, startsBelow: boolean, found: Found): void {
  const text = line.toString('utf8', 0, LIMITS.progressLineBytesMax);
  if (startsBelow && text.endsWith(CURSOR_UP)) return;
  const progress = progressOfLine(text);
  if (progress !== undefined) found(progress);
}

function firstEnd(bytes: Buffer): number {
  const feed = bytes.indexOf(LINE_FEED);
  const first = (feed < 0 ? bytes : bytes.subarray(0, feed)).indexOf(CARRIAGE_RETURN);
  return first < 0 ? feed : first;
}

/** Where the needle comes next at or behind a place that only moves on; Infinity when nowhere. */
function finder(
  bytes: Buffer,
  needle: number | string,
  counts: (bytes: Buffer, at: number) => boolean = () => true,
): (from: number) => number {
  let next = -1;
  return (from) => {
    if (next >= from) return next;
    let at = bytes.indexOf(needle, from);
    while (at >= 0 && !counts(bytes, at)) at = bytes.indexOf(needle, at + 1);
    next = at < 0 ? Infinity : at;
    return next;
  };
}

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isLetter = (byte: number | undefined): boolean =>
  byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
/** What the words of the grammar that follow a percentage begin with: complete, done, finished. */
const isWordOfGrammar = (byte: number): boolean => [0x63, 0x64, 0x66].includes(byte | 0x20);

/**
 * False only where no rule of the grammar can match: no number before the percent sign (`%20`), or
 * words on both sides (`about 45% of`). Saves decoding what is prose.
 */
function mayBeProgress(bytes: Buffer, at: number): boolean {
  let before = at - 1;
  if (bytes[before] === SPACE) before -= 1;
  if (!isDigit(bytes[before])) return false;
  let after = at + 1;
  while (bytes[after] === SPACE) after += 1;
  const next = bytes[after];
  if (next === undefined || !isLetter(next) || isWordOfGrammar(next)) return true;
  while (isDigit(bytes[before]) || bytes[before] === POINT) before -= 1;
  while (bytes[before] === SPACE) before -= 1;
  return !isLetter(bytes[before]);
}
