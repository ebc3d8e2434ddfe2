import { join } from 'node:path';

import type { Clock } from '../base/clock.ts';
import type { RunLog } from '../runner/index.ts';
import { AppendedFile } from './appended-file.ts';
import { storeError } from './faults.ts';
import { makePrivateFolder } from './private-folder.ts';
import { formatSpan, type LogOffsets, type OutputStream } from './log-index.ts';

type OutputChunk = Parameters<RunLog['write']>[0];

/**
 * Appends a run's output to `logs/stdout` and `logs/stderr`, and its order to `logs/index`.
 *
 * Small chunks are gathered until the event loop's next turn or `LIMITS.logBatchBytesMax`, whichever is
 * first: an app that prints a million lines costs thousands of system calls, not millions. They are
 * written synchronously: handing them to the kernel takes microseconds, a thread's turn takes longer.
 *
 * Synced to the disk when closed, not with each write: what a crash of the machine takes, the engine's
 * own copy gives back, behind the bytes that are there. A crash of this program takes nothing that was
 * written.
 */
export class LogWriter implements RunLog {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #onClose: () => void;
  readonly #index: AppendedFile;
  readonly #streams: Record<OutputStream, AppendedFile>;
  readonly #files: DisposableStack;
  /** In order; tells of bytes gathered but not written. */
  #spans: { stream: OutputStream; length: number; at: string }[] = [];
  #flushIsDue = false;
  #failure: Error | undefined;
  #closed = false;

  /** Opens the files in `folder` behind what they hold, and mends the index. */
  constructor(folder: string, clock: Clock, onClose: () => void) {
    this.#folder = folder;
    this.#clock = clock;
    this.#onClose = onClose;
    try {
      using opened = new DisposableStack();
      makePrivateFolder(folder);
      this.#streams = {
        stdout: opened.use(new AppendedFile(join(folder, 'stdout'))),
        stderr: opened.use(new AppendedFile(join(folder, 'stderr'))),
      };
      this.#index = opened.use(new AppendedFile(join(folder, 'index')));
      this.#index.repair(this.#written());
      this.#files = opened.move();
    } catch (error) {
      throw storeError(error, folder);
    }
  }

  get offsets(): LogOffsets {
    this.flush();
    return this.#written();
  }

  write(chunk: OutputChunk): Promise<void> {
    return new Promise((resolve) => {
      this.#take(chunk);
      resolve();
    });
  }

  tail(): Promise<string> {
    return new Promise((resolve) => {
      const { stdout, stderr } = this.#streams;
      this.flush();
      resolve((stderr.size > 0 ? stderr : stdout).tail());
    });
  }

  /** Writes what is gathered. Throws `disk-full`, `store-unusable`, then and whenever it is called again. */
  flush(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#spans.length === 0) return;
    const spans = this.#spans;
    this.#spans = [];
    this.#attempt(() => {
      this.#streams.stdout.flush();
      this.#streams.stderr.flush();
      this.#index.append(Buffer.from(spans.map(formatSpan).join(''), 'latin1'));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { stdout, stderr } = this.#streams;
    try {
      this.flush();
      await Promise.all([stdout.sync(), stderr.sync(), this.#index.sync()]);
    } finally {
      this.#files.dispose();
      this.#onClose();
    }
  }

  #take({ stream, bytes }: OutputChunk): void {
    if (this.#closed) throw new TypeError('output was written to a log that is closed');
    if (this.#failure !== undefined) throw this.#failure;
    if (bytes.length === 0) return;
    const file = this.#streams[stream];
    if (!file.hasRoomFor(bytes)) this.flush();
    if (file.hasRoomFor(bytes)) file.gather(bytes);
    else
      this.#attempt(() => {
        file.append(bytes);
      });
    this.#note(stream, bytes.length);
    this.#flushSoon();
  }

  #note(stream: OutputStream, length: number): void {
    const last = this.#spans.at(-1);
    if (last?.stream === stream) last.length += length;
    else this.#spans.push({ stream, length, at: this.#clock.now().toISOString() });
  }

  #flushSoon(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    setImmediate(() => {
      this.#flushIsDue = false;
      try {
        if (!this.#closed) this.flush();
      } catch {
        // Kept: whoever writes next, asks for the offsets or closes is told.
      }
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failure = storeError(error, this.#folder) as Error;
      throw this.#failure;
    }
  }

  #written(): LogOffsets {
    return { stdout: this.#streams.stdout.size, stderr: this.#streams.stderr.size };
  }
}
