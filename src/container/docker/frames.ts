import { RunnerError } from '../../base/errors.ts';
import type { OutputChunk, OutputStream } from '../engine.ts';
import { BrokenOff } from './failures.ts';

const HEADER_BYTES = 8;

/** Payload is copied together up to this size, where handing on a piece costs more than copying it. */
const JOINED_BYTES = 16_384;

/** First byte of a frame's header → what its payload is (Engine API, "Attach to a container"). */
const STREAM_OF: readonly (OutputStream | 'engine-error')[] = [
  'stdout',
  'stdout',
  'stderr',
  'engine-error',
];

/**
 * Reads Docker's multiplexed stream: frames of a header (stream, three zero bytes, payload length as
 * big-endian 32 bit) and a payload. Frames may be cut anywhere into chunks. Holds back at most one
 * incomplete header; payload goes on as it comes, as views of the chunk where one suffices.
 */
export class FrameReader {
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  #payloadBytes = 0;
  #stream: OutputStream | 'engine-error' = 'stdout';
  #engineError = '';

  /**
   * What `chunk` adds, in order; small neighbours of one stream as one piece. Throws
   * `engine-lost` when the bytes are no frames, or carry the engine's own error.
   */
  read(chunk: Uint8Array): OutputChunk[] {
    const runs: { stream: OutputStream; pieces: Uint8Array[]; bytes: number }[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadBytes === 0) {
        at = this.#readHeader(chunk, at);
        continue;
      }
      const end = Math.min(at + this.#payloadBytes, chunk.length);
      const piece = chunk.subarray(at, end);
      this.#payloadBytes -= end - at;
      at = end;
      if (this.#stream === 'engine-error') {
        this.#readEngineError(piece);
        continue;
      }
      const last = runs.at(-1);
      if (last?.stream !== this.#stream || last.bytes >= JOINED_BYTES)
        runs.push({ stream: this.#stream, pieces: [piece], bytes: piece.length });
      else {
        last.pieces.push(piece);
        last.bytes += piece.length;
      }
    }
    return runs.map(({ stream, pieces }) => ({ stream, bytes: joined(pieces) }));
  }

  /** To be called when the stream has ended. Throws `engine-lost` when it ended inside a frame. */
  end(): void {
    if (this.#headerBytes > 0 || this.#payloadBytes > 0)
      throw new BrokenOff('the engine closed the log stream in the middle of a frame');
  }

  /** Takes what it can of a header; returns where it stopped. */
  #readHeader(chunk: Uint8Array, at: number): number {
    const taken = chunk.subarray(at, at + HEADER_BYTES - this.#headerBytes);
    this.#header.set(taken, this.#headerBytes);
    this.#headerBytes += taken.length;
    if (this.#headerBytes < HEADER_BYTES) return at + taken.length;
    this.#headerBytes = 0;
    const [type = 0, ...rest] = this.#header;
    const stream = STREAM_OF[type];
    if (stream === undefined || rest[0] !== 0 || rest[1] !== 0 || rest[2] !== 0)
      throw new RunnerError(
        'engine-lost',
        'the engine sent a log stream that is not made of frames',
        {
          details: { header: [type, ...rest] },
        },
      );
    this.#stream = stream;
    this.#payloadBytes = new DataView(this.#header.buffer).getUint32(4);
    return at + taken.length;
  }

  #readEngineError(piece: Uint8Array): void {
    this.#engineError += Buffer.from(piece).toString();
    if (this.#payloadBytes === 0)
      throw new BrokenOff(`the engine stopped the log: ${this.#engineError.trim()}`);
  }
}

const joined = (pieces: readonly Uint8Array[]): Uint8Array =>
  pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);

/**
 * The payload of a stream of frames. Reads on only when asked (so a slow reader slows the engine,
 * and the app behind it); leaving the loop closes the stream.
 */
export async function* outputOf(frames: AsyncIterable<Uint8Array>): AsyncGenerator<OutputChunk> {
  const reader = new FrameReader();
  for await (const chunk of frames) yield* reader.read(chunk);
  reader.end();
}
