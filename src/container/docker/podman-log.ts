import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';

import { LIMITS } from '../../base/limits.ts';
import type { OutputChunk, OutputStream } from '../engine.ts';
import type { OutputFiles } from '../follow-output.ts';

const NEWLINE = 10;
const SPACE = 32;
const FULL = 'F'.charCodeAt(0);

/**
 * Reads lines of a log as conmon writes it (`k8s-file`, the format of Kubernetes' CRI): time, stream,
 * `F` or `P`, and the bytes as they came. `P`: the app had not ended its line there. Lines may be cut
 * anywhere into pieces; what is no line of a log is left out.
 */
export class PodmanLogReader {
  #rest: Uint8Array = new Uint8Array(0);

  /** What a further piece of the file adds, in order. */
  read(piece: Uint8Array): OutputChunk[] {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const chunks: OutputChunk[] = [];
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, at);
      if (end < 0) break;
      const chunk = contentOf(bytes.subarray(at, end + 1));
      if (chunk !== undefined) chunks.push(chunk);
      at = end + 1;
    }
    this.#rest = bytes.subarray(at);
    return joined(chunks);
  }
}

/** `2026-11-22T03:00:44.993155642+00:00 stderr F content\n` → its bytes, the line end where it is the app's. */
function contentOf(line: Uint8Array): OutputChunk | undefined {
  const first = line.indexOf(SPACE);
  const second = line.indexOf(SPACE, first + 1);
  const stream = streamOf(Buffer.from(line.subarray(first + 1, second)).toString('latin1'));
  if (first < 0 || second < 0 || stream === undefined || line[second + 2] !== SPACE)
    return undefined;
  const content = line.subarray(second + 3);
  return { stream, bytes: line[second + 1] === FULL ? content : content.subarray(0, -1) };
}

const streamOf = (name: string): OutputStream | undefined =>
  name === 'stdout' || name === 'stderr' ? name : undefined;

/** Neighbours of one stream as one: a chunk for each line would cost more than its bytes. */
function joined(chunks: readonly OutputChunk[]): OutputChunk[] {
  const runs: { stream: OutputStream; pieces: Uint8Array[] }[] = [];
  for (const { stream, bytes } of chunks) {
    const last = runs.at(-1);
    if (last?.stream === stream) last.pieces.push(bytes);
    else runs.push({ stream, pieces: [bytes] });
  }
  return runs.map(({ stream, pieces }) => ({ stream, bytes: Buffer.concat(pieces) }));
}

/**
 * The log of a container as files that grow; read from the beginning, once. Opened for each piece: a
 * reader that is left alone leaves nothing open.
 */
export class PodmanLog implements OutputFiles {
  readonly #path: string;
  readonly #reader = new PodmanLogReader();
  readonly #buffer = Buffer.alloc(LIMITS.logReadBytesMax);
  #position = 0;

  private constructor(path: string) {
    this.#path = path;
  }

  /** `undefined` where the file is not ours to read: another machine's, or root's. */
  static async at(path: string): Promise<PodmanLog | undefined> {
    try {
      await access(path, constants.R_OK);
      return new PodmanLog(path);
    } catch {
      return undefined;
    }
  }

  async read(): Promise<readonly OutputChunk[]> {
    await using file = await open(this.#path, 'r');
    for (;;) {
      const { bytesRead } = await file.read({ buffer: this.#buffer, position: this.#position });
      if (bytesRead === 0) return [];
      this.#position += bytesRead;
      const chunks = this.#reader.read(Uint8Array.from(this.#buffer.subarray(0, bytesRead)));
      if (chunks.length > 0) return chunks;
    }
  }
}
