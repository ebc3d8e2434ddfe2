import { createHash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';

import { isDiskFull, RunnerError } from '../../base/errors.ts';
import { partOf } from '../uploads/part-of.ts';

/** A file that comes piece by piece beside the place where it is to be. What was not kept is removed. */
export class PartFile implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  #hash = createHash('sha256');
  #sizeBytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** An empty one for the file at `path`. */
  static async begin(path: string): Promise<PartFile> {
    await rm(partOf(path), { force: true });
    return new PartFile(path, await open(partOf(path), 'a', 0o600));
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Throws `disk-full`. */
  async write(bytes: Buffer): Promise<void> {
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
    try {
      await this.#file.writeFile(bytes);
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** Forgets what came: another file takes its place. */
  async empty(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash('sha256');
    this.#sizeBytes = 0;
  }

  /** Hex, of all that came. Nothing can be written behind it. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  /** Puts it to its place, once it is on the disk. Throws `disk-full`. */
  async keep(): Promise<void> {
    try {
      await this.#file.sync();
      await rename(partOf(this.#path), this.#path);
    } catch (error) {
      throw this.#told(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    await rm(partOf(this.#path), { force: true });
  }

  #told(error: unknown): unknown {
    if (!isDiskFull(error)) return error;
    return new RunnerError('disk-full', `the disk that holds ${this.#path} is full`, {
      cause: error,
      hint: 'Free some space, for example by removing old runs.',
    });
  }
}
