import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import type { InputOrigin } from '../../runner/index.ts';
import { newUploadId, type NewAwaitedUpload } from '../../store/index.ts';
import { safeFileName } from '../paths/file-name.ts';
import type { Uploads } from '../uploads/uploads.ts';
import { admittedUrl, urlOrigin, type UrlRules } from './url-rules.ts';

export interface WantedUrlPorts {
  readonly uploads: Pick<Uploads, 'bytesLeft' | 'find' | 'pathOf'>;
  readonly urls: UrlRules;
}

/**
 * The URLs that one request names, each with an upload that is still empty: its place is known, so that
 * the run can be checked and written down, and its bytes come while the run waits. What no run came to
 * need goes with the request.
 */
export class WantedUrls implements AsyncDisposable {
  readonly #ports: WantedUrlPorts;
  readonly #owner: string;
  readonly #byId = new Map<string, NewAwaitedUpload>();
  readonly #byUrl = new Map<string, NewAwaitedUpload>();
  #bytesLeft: number | undefined;

  constructor(ports: WantedUrlPorts, owner: string) {
    this.#ports = ports;
    this.#owner = owner;
  }

  /**
   * Path of the file that the URL will be. Asks nobody. Throws `url-refused`, `quota-exceeded`.
   *
   * @param sha256 hex; what is fetched must have it
   */
  async want(url: string, sha256: string | undefined): Promise<string> {
    const { uploads, urls } = this.#ports;
    const admitted = admittedUrl(url, urls);
    const key = `${sha256 ?? ''} ${url}`;
    const known = this.#byUrl.get(key);
    if (known !== undefined) return uploads.pathOf(known);
    this.#assertRoom();
    const upload: NewAwaitedUpload = {
      ...{ id: newUploadId(), owner: this.#owner, url },
      name: safeFileName(decoded(posix.basename(admitted.pathname))),
      origin: urlOrigin(admitted),
      ...(sha256 === undefined ? {} : { wantedSha256: sha256 }),
    };
    const path = uploads.pathOf(upload);
    this.#byUrl.set(key, upload);
    this.#byId.set(upload.id, upload);
    makeFolder(dirname(path), 0o700);
    await writeFile(path, '', { mode: 0o600 });
    return path;
  }

  /** Whether a path is that of one of them. */
  isWanted(path: string): boolean {
    const upload = this.#at(path);
    return upload !== undefined && this.#ports.uploads.pathOf(upload) === path;
  }

  /** Where the one whose path this is comes from. */
  originOf(path: string): InputOrigin | undefined {
    return this.#at(path)?.origin;
  }

  /** Those whose paths these are. */
  among(paths: readonly string[]): NewAwaitedUpload[] {
    return [...new Set(paths.flatMap((path) => this.#at(path) ?? []))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { uploads } = this.#ports;
    for (const upload of this.#byId.values())
      if (uploads.find(upload.id) === undefined)
        await rm(dirname(uploads.pathOf(upload)), { recursive: true, force: true });
  }

  #at(path: string): NewAwaitedUpload | undefined {
    return this.#byId.get(basename(dirname(path)));
  }

  #assertRoom(): void {
    this.#bytesLeft ??= this.#ports.uploads.bytesLeft(this.#owner);
    if (this.#bytesLeft > this.#byId.size * EMPTY_UPLOAD_BYTES) return;
    throw new RunnerError('quota-exceeded', `${this.#owner} may keep no more uploads`, {
      hint: 'Remove uploads that are no longer needed, or ask who runs the server for more.',
    });
  }
}

/** What an upload without a byte counts in a quota: a block of a disk. */
const EMPTY_UPLOAD_BYTES = 4_096;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
