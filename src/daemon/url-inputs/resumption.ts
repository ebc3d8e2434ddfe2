import type { IncomingHttpHeaders } from 'node:http';

import { epochMs } from '../../base/clock.ts';

/** A file of which a beginning is here. */
export interface Begun {
  readonly receivedBytes: number;
  /** Of the whole file; absent: nobody said. */
  readonly totalBytes?: number;
  /** For `If-Range`: what tells that the file is still the same one. */
  readonly validator: string;
}

/** An answer, as far as it says what it is a part of. */
export interface RangeAnswer {
  readonly statusCode?: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** An entity tag that is not weak (RFC 9110, 8.8.3). */
const STRONG_TAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/;
/** Two versions of one second cannot be told apart by a time (RFC 9110, 8.8.2.2). */
const AGED_MS = 1_000;

/**
 * What of an answer tells, byte for byte, whether a later one is of the same file: its strong entity tag or,
 * where it has none of either kind, the time of its last change if that was past (RFC 9110, 13.1.5).
 * Undefined: nothing does, or the server says that it gives no parts.
 */
export function strongValidator(headers: IncomingHttpHeaders): string | undefined {
  const { etag, date, 'last-modified': modified } = headers;
  if (headers['accept-ranges']?.trim().toLowerCase() === 'none') return undefined;
  if (etag !== undefined) return STRONG_TAG.test(etag) ? etag : undefined;
  if (date === undefined || modified === undefined) return undefined;
  return epochMs(date) - epochMs(modified) >= AGED_MS ? modified : undefined;
}

/** Headers that ask for the rest of a file, or for all of it when it has changed. */
export const headersForRest = ({
  receivedBytes,
  validator,
}: Begun): Readonly<Record<string, string>> => ({
  range: `bytes=${receivedBytes}-`,
  'if-range': validator,
});

const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i;

/** How many bytes the file has of which an answer is the rest, right behind its beginning. Undefined: it is no such rest. */
export function totalOfRest(
  { statusCode, headers }: RangeAnswer,
  begun: Begun,
): number | undefined {
  const { etag } = headers;
  const [, start, end, total] = CONTENT_RANGE.exec(headers['content-range'] ?? '') ?? [];
  if (statusCode !== 206 || Number(start) !== begun.receivedBytes) return undefined;
  // A server that does not know If-Range gives a part of another file.
  if (etag !== undefined && begun.validator.startsWith('"') && etag !== begun.validator)
    return undefined;
  const totalBytes = total === '*' ? begun.totalBytes : Number(total);
  if (totalBytes === undefined || totalBytes !== (begun.totalBytes ?? totalBytes)) return undefined;
  return Number(end) >= Number(start) && Number(end) < totalBytes ? totalBytes : undefined;
}
