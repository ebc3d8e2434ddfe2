import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { systemCodeOf } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { storeError } from './faults.ts';
import {
  OUTPUT_STREAMS,
  parseIndex,
  type LogOffsets,
  type LogSpan,
  type OutputStream,
} from './log-index.ts';

/** Which part of a run's log to read. */
export interface LogQuery {
  /** Of which attempt, from 1; the newest unless told. */
  readonly attempt?: number;
  readonly stream: OutputStream | 'both';
  /** Bytes of each stream to leave out: where an earlier reading ended. */
  readonly from?: Partial<LogOffsets>;
  /** Only the last so many bytes of what there is when reading begins, in the order they came. */
  readonly tailBytes?: number;
}

/** Bytes of one stream as the app wrote them. */
export interface LogChunk {
  readonly stream: OutputStream;
  readonly bytes: Uint8Array;
  /** Where they begin in their stream; a reader goes on from `offset + bytes.length`. */
  readonly offset: number;
  /** When the first byte of their piece came (RFC 3339), if that is known. */
  readonly at?: string;
}

/**
 * Reads a run's log, piece by piece, in the order of its index. The byte files are the truth: what
 * the index does not tell of comes last, without a time.
 */
export class LogReader implements AsyncDisposable {
  readonly #wanted: readonly OutputStream[];
  readonly #index: GrowingFile;
  readonly #streams: Record<OutputStream, GrowingFile>;
  /** Bytes already given or left out, of each stream. */
  readonly #position = { stdout: 0, stderr: 0 };
  #from: LogOffsets;
  #indexPosition = 0;
  #indexIsDamaged = false;

  constructor(folder: string, query: Omit<LogQuery, 'tailBytes' | 'attempt'>) {
    this.#wanted = query.stream === 'both' ? OUTPUT_STREAMS : [query.stream];
    this.#from = { stdout: 0, stderr: 0, ...query.from };
    this.#index = new GrowingFile(join(folder, 'index'));
    this.#streams = {
      stdout: new GrowingFile(join(folder, 'stdout')),
      stderr: new GrowingFile(join(folder, 'stderr')),
    };
  }

  /** Leaves out all but the last `tailBytes` of what there is now. To be called before reading. */
  async skipToTail(tailBytes: number): Promise<void> {
    const sizes = await this.#sizes();
    const total = this.#wanted.reduce((sum, stream) => sum + sizes[stream], 0);
    const start = { stdout: 0, stderr: 0 };
    let left = Math.max(0, total - tailBytes);
    const pass = ({ stream, length }: LogSpan): void => {
      const passed = this.#wanted.includes(stream) ? Math.min(length, left) : length;
      start[stream] += passed;
      left -= this.#wanted.includes(stream) ? passed : 0;
    };
    for await (const span of this.#spans()) {
      if (left === 0) break;
      pass(span);
    }
    for (const stream of OUTPUT_STREAMS)
      pass({ stream, length: Math.max(0, sizes[stream] - start[stream]) });
    this.#indexPosition = 0;
    this.#indexIsDamaged = false;
    this.#from = {
      stdout: Math.max(this.#from.stdout, start.stdout),
      stderr: Math.max(this.#from.stderr, start.stderr),
    };
  }

  /** Everything the index tells of that has not been given yet. */
  async *indexed(): AsyncGenerator<LogChunk> {
    for await (const span of this.#spans()) yield* this.#read(span);
  }

  /** What the index does not tell of, of each stream up to its present end. Only once nobody writes, or the order is lost. */
  async *rest(): AsyncGenerator<LogChunk> {
    const sizes = await this.#sizes();
    for (const stream of OUTPUT_STREAMS)
      yield* this.#read({ stream, length: Math.max(0, sizes[stream] - this.#position[stream]) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.#index.close(),
      ...OUTPUT_STREAMS.map((stream) => this.#streams[stream].close()),
    ]);
  }

  async *#spans(): AsyncGenerator<LogSpan> {
    while (!this.#indexIsDamaged) {
      // Read anew each time: a line that was not ended may be now, or another, after a crash, in its place.
      const block = await this.#index.load(this.#indexPosition);
      const { spans, validBytes, damaged } = parseIndex(block.toString('latin1'));
      this.#indexPosition += validBytes;
      this.#indexIsDamaged = damaged;
      yield* spans;
      if (validBytes === 0) return;
    }
  }

  async *#read({ stream, length, at }: LogSpan): AsyncGenerator<LogChunk> {
    const end = this.#position[stream] + length;
    let offset = Math.max(this.#position[stream], Math.min(end, this.#from[stream]));
    this.#position[stream] = end;
    if (!this.#wanted.includes(stream)) return;
    while (offset < end) {
      const bytes = await this.#streams[stream].read(offset, end - offset);
      // After a crash of the machine the index may tell of bytes that never reached the disk.
      if (bytes.length === 0) return;
      yield { stream, bytes, offset, ...(at === undefined ? {} : { at }) };
      offset += bytes.length;
    }
  }

  async #sizes(): Promise<LogOffsets> {
    const [stdout, stderr] = await Promise.all([
      this.#streams.stdout.size(),
      this.#streams.stderr.size(),
    ]);
    return { stdout, stderr };
  }
}

/** A file that another process may still be appending to, or has not made yet; read in large blocks. */
class GrowingFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #block: Buffer = Buffer.alloc(0);
  #blockOffset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Bytes at `offset`: at most `length`, at least one unless the file ends there. */
  async read(offset: number, length: number): Promise<Buffer> {
    const inBlock = offset - this.#blockOffset;
    if (inBlock >= 0 && inBlock < this.#block.length)
      return this.#block.subarray(inBlock, inBlock + length);
    return (await this.load(offset)).subarray(0, length);
  }

  /** The bytes at `offset` as they are on the disk now, up to a block of them. */
  async load(offset: number): Promise<Buffer> {
    const handle = await this.#opened();
    // A new block each time: the one before may still be in a reader's hands.
    const block = Buffer.allocUnsafeSlow(LIMITS.logReadBytesMax);
    const { bytesRead } = (await handle?.read(block, 0, block.length, offset)) ?? { bytesRead: 0 };
    this.#block = block.subarray(0, bytesRead);
    this.#blockOffset = offset;
    return this.#block;
  }

  async size(): Promise<number> {
    return (await (await this.#opened())?.stat())?.size ?? 0;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #opened(): Promise<FileHandle | undefined> {
    try {
      this.#handle ??= await open(this.#path, 'r');
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw storeError(error, this.#path);
    }
    return this.#handle;
  }
}
