import {
  closeSync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

import { LIMITS } from '../base/limits.ts';
import { formatSpan, repairOf, type LogOffsets } from './log-index.ts';

/** A file that only grows at its end, with a small buffer in front of it. */
export class AppendedFile implements Disposable {
  readonly #path: string;
  readonly #fd: number;
  readonly #syncedSize: number;
  /** Bytes in the file. */
  size: number;
  /** Made when first needed: most runs write to one stream. */
  #buffer: Buffer | undefined;
  #gathered = 0;

  constructor(path: string) {
    this.#path = path;
    // `a+`: the tail is read through the same descriptor.
    this.#fd = openSync(path, 'a+', 0o600);
    this.size = fstatSync(this.#fd).size;
    this.#syncedSize = this.size;
  }

  hasRoomFor(bytes: Uint8Array): boolean {
    return this.#gathered + bytes.length <= LIMITS.logBatchBytesMax;
  }

  /** Copies the bytes: the caller may use its buffer again. */
  gather(bytes: Uint8Array): void {
    this.#buffer ??= Buffer.allocUnsafeSlow(LIMITS.logBatchBytesMax);
    this.#buffer.set(bytes, this.#gathered);
    this.#gathered += bytes.length;
  }

  flush(): void {
    if (this.#buffer === undefined || this.#gathered === 0) return;
    const gathered = this.#buffer.subarray(0, this.#gathered);
    this.#gathered = 0;
    this.append(gathered);
  }

  /** Counts what has been written also when the disk is full in the midst of it. */
  append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const written = writeSync(this.#fd, bytes, done);
      done += written;
      this.size += written;
    }
  }

  /** As an index: makes it tell of exactly these bytes. */
  repair(sizes: LogOffsets): void {
    const text = this.size === 0 ? '' : readFileSync(this.#path, 'latin1');
    const { keepBytes, append } = repairOf(text, sizes);
    if (keepBytes < this.size) ftruncateSync(this.#fd, keepBytes);
    this.size = keepBytes;
    this.append(Buffer.from(append.map(formatSpan).join(''), 'latin1'));
  }

  tail(): string {
    const length = Math.min(this.size, LIMITS.stderrTailBytesMax);
    const bytes = Buffer.alloc(length);
    readSync(this.#fd, bytes, 0, length, this.size - length);
    // A cut may fall into the midst of a character: its rest is left out.
    const start = length < this.size ? bytes.findIndex((byte) => (byte & 0xc0) !== 0x80) : 0;
    return bytes.subarray(Math.max(0, start)).toString('utf8');
  }

  async sync(): Promise<void> {
    if (this.size !== this.#syncedSize) await promisify(fsync)(this.#fd);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
