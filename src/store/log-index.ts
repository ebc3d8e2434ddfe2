import type { RunLog } from '../runner/index.ts';

/** Bytes of each stream, as `RunLog` counts them. */
export type LogOffsets = RunLog['offsets'];
export type OutputStream = keyof LogOffsets;

/**
 * The index of a run's log: in which order the bytes of both streams came, and when. One line for
 * each piece, appended behind the bytes it tells of:
 *
 *     o 4096 2026-03-01T10:00:00.000Z
 *     e 17 -
 *
 * Stream (`o` stdout, `e` stderr), number of bytes, time of the first of them (RFC 3339) or `-` when
 * it is not known. Offsets follow by adding up, stream by stream. The byte files are the truth: an
 * index that says less or more than they hold is mended, never they.
 */
export interface LogSpan {
  readonly stream: OutputStream;
  readonly length: number;
  /** RFC 3339, UTC. */
  readonly at?: string;
}

export const OUTPUT_STREAMS = ['stdout', 'stderr'] as const satisfies readonly OutputStream[];

const STREAM_OF = { o: 'stdout', e: 'stderr' } as const satisfies Record<string, OutputStream>;
const LETTER_OF: Record<OutputStream, keyof typeof STREAM_OF> = { stdout: 'o', stderr: 'e' };
const LINE = /^([oe]) ([1-9]\d{0,14}) (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)$/;

/** Longer than any line of an index. */
const INDEX_LINE_BYTES_MAX = 64;

export const formatSpan = ({ stream, length, at = '-' }: LogSpan): string =>
  `${LETTER_OF[stream]} ${length} ${at}\n`;

/** The span a line (without its end) tells of, or undefined when it is none. */
function parseSpan(line: string): LogSpan | undefined {
  const [, letter, length, at] = LINE.exec(line) ?? [];
  if (letter === undefined) return undefined;
  return {
    stream: STREAM_OF[letter as keyof typeof STREAM_OF],
    length: Number(length),
    ...(at === '-' || at === undefined ? {} : { at }),
  };
}

export interface IndexText {
  readonly spans: readonly LogSpan[];
  /** Bytes of the text that are whole, valid lines. */
  readonly validBytes: number;
  /** Whether it goes on with something that is no line; a line not ended yet does not count. */
  readonly damaged: boolean;
}

/** Reads as many lines as are whole and valid. An index is ASCII, so bytes are characters. */
export function parseIndex(text: string): IndexText {
  const spans: LogSpan[] = [];
  let validBytes = 0;
  for (;;) {
    const end = text.indexOf('\n', validBytes);
    if (end === -1) {
      const damaged = text.length - validBytes > INDEX_LINE_BYTES_MAX;
      return { spans, validBytes, damaged };
    }
    const span = parseSpan(text.slice(validBytes, end));
    if (span === undefined) return { spans, validBytes, damaged: true };
    spans.push(span);
    validBytes = end + 1;
  }
}

/** How an index must change to tell of exactly the bytes there are. */
export interface IndexRepair {
  /** Bytes of it that stay. */
  readonly keepBytes: number;
  /** What comes behind them. */
  readonly append: readonly LogSpan[];
}

/**
 * Drops what is torn or tells of bytes that are not there, and covers bytes it does not tell of by
 * spans without a time: stdout first, as their order is not known. Pure.
 */
export function repairOf(text: string, sizes: LogOffsets): IndexRepair {
  const covered = { stdout: 0, stderr: 0 };
  let keepBytes = 0;
  for (const span of parseIndex(text).spans) {
    if (covered[span.stream] + span.length > sizes[span.stream]) break;
    covered[span.stream] += span.length;
    keepBytes += formatSpan(span).length;
  }
  const append = OUTPUT_STREAMS.map((stream) => ({
    stream,
    length: sizes[stream] - covered[stream],
  })).filter(({ length }) => length > 0);
  return { keepBytes, append };
}
