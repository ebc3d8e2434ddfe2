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
const BAR = 0x7c;
const BRACKET = 0x5d;
const COLON = 0x3a;
const EQUALS = 0x3d;
const LAST_OF_PROGRESS = 0x73;
const ESCAPE = 0x1b;
const C1_ESCAPE = '\u009b';
/** tqdm goes back up one line with this after it has drawn a bar below another. */
const CURSOR_UP = Buffer.from('\u001b[A');

export interface ProgressReader {
  /** What the last of the chunk's lines that say anything says; undefined when none does. */
  push(chunk: OutputChunk): Progress | undefined;
}

/**
 * Reads progress out of what an app prints, by the grammar of docs/progress.md. Lines end at a line
 * feed or a carriage return; the streams are kept apart; how the bytes are cut into chunks changes
 * nothing about the newest. Memory is at most `LIMITS.progressLineBytesMax` a stream. Only the newest
 * counts, so a chunk is read from its end: most of a bar that was drawn a thousand times, and all
 * output that says nothing of progress, is never decoded.
 */
export function progressReader(): ProgressReader {
  const streams: Record<OutputStream, LineReader> = {
    stdout: new LineReader(),
    stderr: new LineReader(),
  };
  return { push: ({ stream, bytes }) => streams[stream].read(bytes) };
}

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

  read(chunk: Uint8Array): Progress | undefined {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const first = firstEnd(bytes);
    if (first < 0) return this.#hold(bytes);
    const ahead = this.#hold(bytes.subarray(0, first));
    const oldest = this.#finish() ?? ahead;
    const last = lineEndBefore(bytes, bytes.length);
    const beforeChunk = this.#lastByte();
    const newer = newestOf(bytes, { first, last, beforeChunk });
    this.#beforeThat = last > 0 ? (bytes[last - 1] ?? -1) : beforeChunk;
    this.#before = bytes[last] ?? -1;
    this.#drop();
    return this.#hold(bytes.subarray(last + 1)) ?? newer ?? oldest;
  }

  /** Keeps the bytes of an unfinished line; what it says already, when it is a bar. */
  #hold(bytes: Buffer): Progress | undefined {
    if (bytes.length === 0) return undefined;
    const room = LIMITS.progressLineBytesMax - this.#heldBytes;
    // A copy: the chunk's memory may be used again.
    if (room > 0) this.#held.push(Buffer.from(bytes.subarray(0, room)));
    this.#heldBytes += Math.min(room, bytes.length);
    this.#percentHeld ||= room > 0 && bytes.includes(PERCENT);
    return this.#percentHeld && !this.#barLooked ? this.#lookAhead() : undefined;
  }

  /** tqdm ends a bar only when it draws the next: without this the last one is always missing. */
  #lookAhead(): Progress | undefined {
    if (this.#startsBelow()) return undefined;
    const line = this.#line();
    const at = line.indexOf(PERCENT);
    if (at + 1 === line.length) return undefined;
    this.#barLooked = true;
    const head = line.subarray(0, at + 2);
    return head.includes(ESCAPE) ? undefined : tqdmProgress(head.toString().trimStart());
  }

  #finish(): Progress | undefined {
    if (this.#heldBytes === 0) return undefined;
    const line = this.#line();
    if (!this.#percentHeld && !line.includes(PROGRESS_MARKER)) return undefined;
    return look(line, this.#startsBelow());
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

/** What the last line that says anything says, between the line ends `first` and `last`. */
function newestOf(
  bytes: Buffer,
  ends: { readonly first: number; readonly last: number; readonly beforeChunk: number },
): Progress | undefined {
  const escaped = bytes.includes(ESCAPE) || bytes.includes(C1_ESCAPE);
  const percents = finderBack(bytes, PERCENT, (_, at) => mayBeProgress(bytes, at, escaped));
  const markers = finderBack(bytes, PROGRESS_MARKER);
  let end = ends.last;
  while (end > ends.first) {
    const at = Math.max(percents(end), markers(end));
    if (at <= ends.first) return undefined;
    const start = lineEndBefore(bytes, at) + 1;
    const beforeThat = start > 1 ? bytes[start - 2] : ends.beforeChunk;
    const startsBelow = bytes[start - 1] === CARRIAGE_RETURN && beforeThat === LINE_FEED;
    const line = bytes.subarray(start, at + firstEnd(bytes.subarray(at)));
    const progress = look(line, startsBelow);
    if (progress !== undefined) return progress;
    end = start;
  }
  return undefined;
}

/** A bar drawn below another and left upwards is a part of the other's work: it does not count. */
function look(line: Buffer, startsBelow: boolean): Progress | undefined {
  const read = line.subarray(0, LIMITS.progressLineBytesMax);
  if (startsBelow && read.subarray(-CURSOR_UP.length).equals(CURSOR_UP)) return undefined;
  return progressOfLine(read.toString());
}

function firstEnd(bytes: Buffer): number {
  const feed = bytes.indexOf(LINE_FEED);
  const first = (feed < 0 ? bytes : bytes.subarray(0, feed)).indexOf(CARRIAGE_RETURN);
  return first < 0 ? feed : first;
}

/** Where the last line end before `end` is; -1 when there is none. */
function lineEndBefore(bytes: Buffer, end: number): number {
  if (end === 0) return -1;
  const feed = bytes.lastIndexOf(LINE_FEED, end - 1);
  const after = bytes.subarray(feed + 1, end).lastIndexOf(CARRIAGE_RETURN);
  return after < 0 ? feed : feed + 1 + after;
}

/** Where the needle was last before a place that only moves back; -1 when nowhere. */
function finderBack(
  bytes: Buffer,
  needle: number | string,
  counts: (bytes: Buffer, at: number) => boolean = () => true,
): (end: number) => number {
  let last = bytes.length;
  return (end) => {
    if (last < end) return last;
    let at = end <= 0 ? -1 : bytes.lastIndexOf(needle, end - 1);
    while (at >= 0 && !counts(bytes, at)) at = at === 0 ? -1 : bytes.lastIndexOf(needle, at - 1);
    last = at;
    return last;
  };
}

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x30 && byte <= 0x39;
/** Not a line's end or beginning, nor a part of an escape sequence or of a character beyond ASCII. */
const isPlain = (byte: number | undefined): byte is number =>
  byte !== undefined && byte > SPACE && byte < 0x7f;

/** What can follow a percentage in the grammar whatever comes before: a bar, brackets, an end, complete, done, finished. */
const AFTER = new Set(Buffer.from('|[().!cdfCDF'));

/**
 * False only where no rule of the grammar can match: no number before the percent sign (`%20`), or
 * neither what may follow whatever comes before, nor what must come before other words (`about 45% of`).
 * Saves decoding what is prose.
 *
 * @param escaped whether there are escape sequences, which can stand anywhere and do not count
 */
function mayBeProgress(bytes: Buffer, at: number, escaped: boolean): boolean {
  if (escaped) return true;
  let before = at - 1;
  if (bytes[before] === SPACE) before -= 1;
  if (!isDigit(bytes[before])) return false;
  let after = at + 1;
  while (bytes[after] === SPACE) after += 1;
  const next = bytes[after];
  const isLateBar = next === BAR && after > at + 1;
  if (!isPlain(next) || (AFTER.has(next) && !isLateBar)) return true;
  while (isDigit(bytes[before]) || bytes[before] === POINT) before -= 1;
  while (bytes[before] === SPACE) before -= 1;
  return leadsTo(bytes, before);
}

/** Whether a percentage can follow here that other words may follow: `###]`, `━━━`, `progress:`. */
function leadsTo(bytes: Buffer, at: number): boolean {
  const last = bytes[at];
  if (!isPlain(last) || last === BRACKET) return true;
  if (last !== COLON && last !== EQUALS) return false;
  const named = bytes[at - 1] === SPACE ? bytes[at - 2] : bytes[at - 1];
  return !isPlain(named) || (named | 0x20) === LAST_OF_PROGRESS;
}
