import { stripVTControlCharacters } from 'node:util';
import { LIMITS } from '../base/limits.ts';
import type { OutputChunk, OutputStream } from '../container/index.ts';

export interface LastLine {
  push(chunk: OutputChunk): void;
  /** The newest line with something on it, also an unfinished one, without escape sequences; or ``. */
  text(): string;
}

/**
 * Keeps the newest line of what an app prints, for showing. Costs a copy of at most
 * `LIMITS.lastLineBytesMax` a chunk; decodes only when asked.
 */
export function lastLine(): LastLine {
  const tails: Record<OutputStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  let newest: OutputStream = 'stdout';
  return {
    push: ({ stream, bytes }) => {
      const end = Buffer.from(bytes.subarray(-LIMITS.lastLineBytesMax));
      tails[stream] =
        end.length === LIMITS.lastLineBytesMax
          ? end
          : Buffer.concat([tails[stream].subarray(end.length - LIMITS.lastLineBytesMax), end]);
      if (end.some((byte) => byte > 0x20)) newest = stream;
    },
    text: () =>
      tails[newest]
        .toString()
        .split(/[\r\n]+/)
        .map((line) => stripVTControlCharacters(line).trimEnd())
        .findLast((line) => line !== '') ?? '',
  };
}
