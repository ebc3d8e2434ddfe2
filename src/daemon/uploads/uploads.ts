import { readdir, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { dateAt, epochMs, type Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import { fileFacts, sentAs, type InputOrigin } from '../../runner/index.ts';
import { newUploadId, type StoredUpload, type UploadStore } from '../../store/index.ts';
import { isAdmin, type Principal } from '../http/principal.ts';
import { safeFileName } from '../paths/file-name.ts';
import { partOf } from './part-of.ts';

/** Bounds of uploads; bytes and ms. */
export interface UploadRules {
  readonly fileBytesMax: number;
  /** Of one owner, together. */
  readonly ownerBytesMax: number;
  /** How long one is kept that nobody goes on with or uses. */
  readonly keepMs: number;
}

export interface UploadPorts {
  readonly store: UploadStore;
  /** Holds a folder for each upload, and in it the file under its own name: apps go by its extension. */
  readonly folder: string;
  readonly clock: Clock;
  readonly rules: UploadRules;
}

export interface NewUpload {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256?: string | undefined;
}

/** Files that clients send: who owns them, how much of each is here, and whether it is what was meant. */
export class Uploads {
  readonly #ports: UploadPorts;
  /** Each is hashed once, however many ask at the same time. */
  readonly #settling = new Map<string, Promise<StoredUpload>>();

  constructor(ports: UploadPorts) {
    this.#ports = ports;
  }

  get rules(): UploadRules {
    return this.#ports.rules;
  }

  get folder(): string {
    return this.#ports.folder;
  }

  pathOf = ({ id, name }: Pick<StoredUpload, 'id' | 'name'>): string =>
    join(this.#ports.folder, id, name);

  /** Makes room for a file. Throws `request-invalid`, `quota-exceeded`, `disk-full`. */
  async add({ name, sizeBytes, sha256 }: NewUpload, owner: string): Promise<StoredUpload> {
    const { store, rules, folder } = this.#ports;
    if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256))
      throw new RunnerError('request-invalid', 'sha256 is no SHA-256 in hexadecimal', {
        hint: 'Give 64 digits 0-9a-f, as `sha256sum` prints them.',
      });
    if (sizeBytes > rules.fileBytesMax)
      throw quota(`a file may have ${rules.fileBytesMax} bytes, not ${sizeBytes}`);
    this.#assertRoom(owner, store.bytesOf(owner), sizeBytes);
    makeFolder(folder, 0o700);
    const { bavail, bsize } = await statfs(folder);
    if (sizeBytes > bavail * bsize)
      throw new RunnerError('disk-full', `the server has no room for ${sizeBytes} bytes`, {
        hint: 'Ask who runs the server to make some.',
      });
    const id = newUploadId();
    store.add({
      id,
      owner,
      name: safeFileName(name),
      sizeBytes,
      ...(sha256 === undefined ? {} : { wantedSha256: sha256 }),
      origin: sentAs(name),
    });
    return this.#read(id);
  }

  /** An awaited one has, or will have, another size than before. Throws `quota-exceeded`. */
  resize({ id, owner }: Pick<StoredUpload, 'id' | 'owner'>, before: number, bytes: number): void {
    const { store } = this.#ports;
    if (bytes > before) this.#assertRoom(owner, store.bytesOf(owner) - before, bytes);
    store.sized(id, bytes);
  }

  /** How large a further file of an owner may be. */
  bytesLeft(owner: string): number {
    const { store, rules } = this.#ports;
    return Math.max(0, Math.min(rules.fileBytesMax, rules.ownerBytesMax - store.bytesOf(owner)));
  }

  /**
   * An upload whose bytes come from elsewhere: `bring` puts them at the path it is given. Nothing is
   * kept when it throws.
   */
  async receive(
    name: string,
    owner: string,
    bring: (path: string) => Promise<{ readonly sizeBytes: number; readonly sha256: string }>,
  ): Promise<{ upload: StoredUpload; path: string }> {
    const { store } = this.#ports;
    const begun = { id: newUploadId(), name: safeFileName(name) };
    const path = this.pathOf(begun);
    makeFolder(dirname(path), 0o700);
    try {
      const { sizeBytes, sha256 } = await bring(path);
      store.add({ ...begun, owner, sizeBytes, origin: sentAs(name) });
      store.complete(begun.id, sha256);
      return { upload: this.#read(begun.id), path };
    } catch (error) {
      await rm(dirname(path), { recursive: true, force: true });
      throw error;
    }
  }

  /** Whoever owns it. */
  find(id: string): StoredUpload | undefined {
    return this.#ports.store.read(id);
  }

  /** One that this caller may see. Throws `not-found`, whether it is another's or nobody's. */
  visible(id: string, principal: Principal): StoredUpload {
    const upload = this.#ports.store.read(id);
    if (upload !== undefined && (isAdmin(principal) || upload.owner === principal.name))
      return upload;
    throw new RunnerError('not-found', `there is no upload ${JSON.stringify(id)}`, {
      hint: 'It was never begun, has expired, or is another’s: GET /runner/v1/uploads lists yours.',
    });
  }

  /** Whether a path is that of an upload which this caller may use. */
  isOwn(path: string, { name, scopes }: Principal): boolean {
    const upload = this.#at(path);
    return upload !== undefined && (scopes.has('admin') || upload.owner === name);
  }

  /** The uploads that paths are those of, by id. */
  among(paths: readonly string[]): string[] {
    return [...new Set(paths.flatMap((path) => this.#at(path)?.id ?? []))];
  }

  /** Where the upload whose path this is came from. */
  originOf(path: string): InputOrigin | undefined {
    return this.#at(path)?.origin;
  }

  list(limit: number, principal: Principal, sha256?: string): readonly StoredUpload[] {
    return this.#ports.store.list(limit, {
      ...(isAdmin(principal) ? {} : { owner: principal.name }),
      ...(sha256 === undefined ? {} : { sha256 }),
    });
  }

  /** Bytes that are here. */
  async received(upload: StoredUpload): Promise<number> {
    if (upload.sha256 !== undefined) return upload.sizeBytes;
    const path = this.pathOf(upload);
    const file = await stat(upload.isAwaited ? partOf(path) : path).catch(() => undefined);
    return file?.size ?? 0;
  }

  /**
   * Looks at an upload of which all bytes may be here, and notes what they are. Harmless at any time.
   * Throws `upload-mismatch` for another file than was meant; that is removed.
   */
  settle(upload: StoredUpload): Promise<StoredUpload> {
    if (upload.sha256 !== undefined || upload.isAwaited) return Promise.resolve(upload);
    const known = this.#settling.get(upload.id);
    if (known !== undefined) return known;
    const settled = this.#settle(upload).finally(() => this.#settling.delete(upload.id));
    this.#settling.set(upload.id, settled);
    return settled;
  }

  /** An upload as the input of a run. Throws `not-found`, `upload-incomplete`, `upload-mismatch`. */
  async use(id: string, principal: Principal): Promise<{ upload: StoredUpload; path: string }> {
    const upload = await this.settle(this.visible(id, principal));
    if (upload.sha256 === undefined) {
      const received = await this.received(upload);
      throw new RunnerError(
        'upload-incomplete',
        `of the upload ${id} only ${received} of ${upload.sizeBytes} bytes are here`,
        { hint: upload.isAwaited ? 'A run waits for the rest.' : 'Send the rest first.' },
      );
    }
    this.#ports.store.used(id);
    return { upload, path: this.pathOf(upload) };
  }

  /** Somebody goes on with it. */
  touch(id: string): void {
    this.#ports.store.used(id);
  }

  /** RFC 3339, UTC: when it goes, unless it is used. */
  expiresAt({ usedAt }: StoredUpload): string {
    return dateAt(epochMs(usedAt) + this.#ports.rules.keepMs).toISOString();
  }

  /** Throws `upload-needed` while a run that has not ended refers to it. */
  assertFree({ id }: StoredUpload): void {
    if (this.#ports.store.isNeeded(id))
      throw new RunnerError('upload-needed', `a run that has not ended needs the upload ${id}`, {
        hint: 'Wait for its end, or cancel it.',
      });
  }

  async remove({ id }: StoredUpload): Promise<void> {
    // The bytes first: cut short, this leaves a name without a file, which goes the next time.
    await rm(join(this.#ports.folder, id), { recursive: true, force: true });
    this.#ports.store.remove(id);
  }

  /** Removes one, unless a run that has not ended refers to it. */
  async removeIfFree(upload: StoredUpload): Promise<void> {
    if (!this.#ports.store.isNeeded(upload.id)) await this.remove(upload);
  }

  /** Throws `request-invalid` for what is not sent: a folder, which is made of uploads, and what is fetched. */
  async assertFile(upload: StoredUpload): Promise<void> {
    if (upload.isAwaited)
      throw new RunnerError('request-invalid', `the upload ${upload.id} is fetched from a URL`, {
        hint: 'A run waits for it. Make another to send a file yourself.',
      });
    const found = await stat(this.pathOf(upload)).catch(() => undefined);
    if (found?.isDirectory() === true)
      throw new RunnerError('request-invalid', `the upload ${upload.id} is a folder`, {
        hint: 'It is whole. Make another of other uploads.',
      });
  }

  /** Removes what nobody went on with or used for long; returns how many. */
  async removeExpired(): Promise<number> {
    const { store, clock, rules } = this.#ports;
    const since = dateAt(clock.now().getTime() - rules.keepMs).toISOString();
    const expired = store.unusedSince(since);
    for (const upload of expired) await this.remove(upload);
    return expired.length;
  }

  /** Removes what requests and fetches left that a process's death cut short. At the start alone. */
  async removeStray(): Promise<void> {
    const { folder, store } = this.#ports;
    for (const id of await readdir(folder).catch(() => [])) {
      const upload = store.read(id);
      if (upload === undefined) await rm(join(folder, id), { recursive: true, force: true });
      else if (upload.isAwaited && !store.isNeeded(id))
        await rm(partOf(this.pathOf(upload)), { force: true });
    }
  }

  #assertRoom(owner: string, takenBytes: number, bytes: number): void {
    const { ownerBytesMax } = this.#ports.rules;
    if (takenBytes + bytes > ownerBytesMax)
      throw quota(
        `${owner} may keep ${ownerBytesMax} bytes of uploads, and has ${takenBytes} already`,
      );
  }

  async #settle(upload: StoredUpload): Promise<StoredUpload> {
    if ((await this.received(upload)) !== upload.sizeBytes) return upload;
    const { sha256 } = await fileFacts(this.pathOf(upload));
    const { wantedSha256 = sha256, id } = upload;
    if (sha256 === wantedSha256) {
      this.#ports.store.complete(id, sha256);
      return { ...upload, sha256 };
    }
    await this.remove(upload);
    throw new RunnerError('upload-mismatch', `the upload ${id} has another SHA-256 than was said`, {
      hint: 'It was removed. Something was changed or lost on the way: send it again.',
      details: { wanted: wantedSha256, found: sha256 },
    });
  }

  #at(path: string): StoredUpload | undefined {
    const upload = this.find(basename(dirname(path)));
    return upload !== undefined && this.pathOf(upload) === path ? upload : undefined;
  }

  #read(id: string): StoredUpload {
    const upload = this.#ports.store.read(id);
    if (upload === undefined) throw new TypeError(`the upload ${id} is gone`);
    return upload;
  }
}

const quota = (message: string): RunnerError =>
  new RunnerError('quota-exceeded', message, {
    hint: 'Remove uploads that are no longer needed, or ask who runs the server for more.',
  });
