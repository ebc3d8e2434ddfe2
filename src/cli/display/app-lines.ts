import { StringDecoder } from 'node:string_decoder';
import { LIMITS } from '../../base/limits.ts';
import type { OutputChunk, OutputStream } from '../../container/index.ts';

export interface AppLine {
  readonly stream: OutputStream;
  /** Without its line feed; of a line drawn over with carriage returns, what was drawn last. */
  readonly text: string;
}

/** Cuts an app's bytes into lines, each stream for itself; memory is bounded by a line's greatest length. */
export function appLines(): {
  push(chunk: OutputChunk): AppLine[];
  /** The unfinished lines, at the end. */
  end(): AppLine[];
} {
  const streams = { stdout: lineCutter(), stderr: lineCutter() };
  const named = (stream: OutputStream, lines: readonly string[]): AppLine[] =>
    lines.map((text) => ({ stream, text }));
  return {
    push: ({ stream, bytes }) => named(stream, streams[stream].push(bytes)),
    end: () => [...named('stdout', streams.stdout.end()), ...named('stderr', streams.stderr.end())],
  };
}

interface LineCutter {
  push(bytes: Uint8Array): string[];
  end(): string[];
}

function lineCutter(): LineCutter {
  const decoder = new StringDecoder('utf8');
  let unfinished = '';
  return {
    push: (bytes) => {
      const pieces = (unfinished + decoder.write(bytes)).split('\n');
      unfinished = lastDrawn(pieces.pop() ?? '');
      while (unfinished.length > LIMITS.displayLineCharsMax) {
        pieces.push(unfinished.slice(0, LIMITS.displayLineCharsMax));
        unfinished = unfinished.slice(LIMITS.displayLineCharsMax);
      }
      return pieces.map((piece) => lastDrawn(piece).replace(/\r$/, ''));
    },
    end: () => {
      const rest = unfinished + decoder.end();
      unfinished = '';
      return rest === '' ? [] : [rest.replace(/\r$/, '')];
    },
  };
}

/** Behind its last carriage return; one at the very end belongs to a line feed still to come. */
const lastDrawn = (line: string): string => line.slice(line.lastIndexOf('\r', line.length - 2) + 1);
