import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock } from '../../base/clock.ts';
import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { lockFile, tryLockFile } from './file-lock.ts';
import { hashFile } from './file-hash.ts';

/** What is known of a kept image; written once, with it. */
export interface SifFacts {
  /** Digest of the image's configuration: what it is, wherever it came from. */
  readonly id: string;
  readonly form: 'sif' | 'sandbox';
  readonly platform: string;
  /** Of the file; of a folder what its files hold. */
  readonly sizeBytes: number;
  /** Hex, of the .sif. */
  readonly sha256?: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory?: string;
  /** RFC 3339. */
  readonly madeAt: string;
  /** `apptainer 1.4.5`. */
  readonly madeBy: string;
}

/** A name under which an image was asked for, and what it was then. */
export interface SifName {
  readonly reference: string;
  readonly key: string;
  readonly digest?: string;
  readonly manifestDigest?: string;
}

export interface KeptSif {
  readonly key: string;
  /** Of the .sif or the folder. */
  readonly path: string;
  readonly facts: SifFacts;
}

/** With what a list of them shows. */
export interface ListedSif extends KeptSif {
  readonly names: readonly SifName[];
  readonly usedAt: Date;
}

const FILE = { sif: 'image.sif', sandbox: 'sandbox' } as const;

/**
 * The .sif files of one folder, each in a folder of its own named by its key: what it holds, so
 * that one image under many names is kept once. A folder is put in place whole, by a rename.
 *
 * ```
 * kept/KEY/{image.sif or sandbox/, facts.json, used}    names/HASH.json    making/KEY-*    locks/KEY
 * ```
 */
export class SifCache {
  readonly folder: string;
  readonly #clock: Clock;

  constructor(folder: string, clock: Clock) {
    this.folder = folder;
    this.#clock = clock;
  }

  /** The image of that key, marked as used now. */
  async find(key: string): Promise<KeptSif | undefined> {
    const kept = await this.#read(key);
    if (kept === undefined) return undefined;
    const now = this.#clock.now();
    // Another user's cache may be read only.
    await utimes(join(this.#place(key), 'used'), now, now).catch(() => undefined);
    return kept;
  }

  /** What a name stood for when it was last asked for, if that is still kept. */
  async named(reference: string): Promise<(SifName & { readonly kept: KeptSif }) | undefined> {
    const name = await readJson<SifName>(this.#namePath(reference));
    if (name?.reference !== reference) return undefined;
    const kept = await this.find(name.key);
    return kept === undefined ? undefined : { ...name, kept };
  }

  async remember(name: SifName): Promise<void> {
    await mkdir(join(this.folder, 'names'), { recursive: true });
    const path = this.#namePath(name.reference);
    const fresh = `${path}.${randomBytes(6).toString('hex')}`;
    await writeFile(fresh, JSON.stringify(name));
    await rename(fresh, path);
  }

  /**
   * The image of that key, made by `make` where it is not kept: by one process for all that want it.
   * `make` writes below its folder, which is gone afterwards, whatever happens; what an earlier
   * process left when it was killed goes first. Throws what `make` throws.
   */
  async findOrMake(
    key: string,
    make: (draft: SifDraft) => Promise<SifFacts>,
    { signal, onWaiting }: { readonly signal: AbortSignal; readonly onWaiting?: () => void },
  ): Promise<KeptSif & { readonly made: boolean }> {
    const early = await this.find(key);
    if (early !== undefined) return { ...early, made: false };
    await using _lock = await lockFile(this.#lock(key), signal, onWaiting);
    const late = await this.find(key);
    if (late !== undefined) return { ...late, made: false };
    await this.sweep(signal, key);
    const scratch = join(this.folder, 'making', `${key}-${randomBytes(6).toString('hex')}`);
    await using _removed = { [Symbol.asyncDispose]: () => removeAll(scratch) };
    const draft = draftIn(scratch);
    await mkdir(draft.image, { recursive: true, mode: 0o700 });
    const facts = await make(draft);
    await writeFile(join(draft.image, 'used'), '');
    await writeFile(join(draft.image, 'facts.json'), JSON.stringify(facts, null, 2));
    await mkdir(join(this.folder, 'kept'), { recursive: true });
    await rename(draft.image, this.#place(key)).catch(async (error: unknown) => {
      // Without locks another may have been first; what it made is the same.
      if ((await this.find(key)) === undefined) throw error;
    });
    const kept = await this.find(key);
    if (kept === undefined) throw new Error(`${this.#place(key)} is gone as soon as it was made`);
    return { ...kept, made: true };
  }

  /** Removes what killed processes left half made: of this key (whose lock is held), and of others. */
  async sweep(signal: AbortSignal, held?: string): Promise<void> {
    const making = join(this.folder, 'making');
    for (const name of await readdir(making).catch(() => [])) {
      const key = name.slice(0, name.lastIndexOf('-'));
      if (key === held) await removeAll(join(making, name));
      else {
        await using lock = await tryLockFile(this.#lock(key), signal);
        if (lock !== undefined) await removeAll(join(making, name));
      }
    }
  }

  /** Everything kept, last used first. */
  async list(): Promise<readonly ListedSif[]> {
    const names = await this.#names();
    const keys = await readdir(join(this.folder, 'kept')).catch(() => []);
    const kept = await Promise.all(
      keys.map(async (key): Promise<ListedSif[]> => {
        const image = await this.#read(key);
        if (image === undefined) return [];
        const { mtime } = await stat(join(this.#place(key), 'used'));
        return [{ ...image, names: names.filter((name) => name.key === key), usedAt: mtime }];
      }),
    );
    return kept.flat().sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
  }

  /** Removes an image and its names, unless it is just being made. */
  async remove(key: string, signal: AbortSignal): Promise<boolean> {
    await using lock = await tryLockFile(this.#lock(key), signal);
    if (lock === undefined) return false;
    // Out of sight first: nobody finds half an image.
    const away = join(this.folder, 'making', `${key}-${randomBytes(6).toString('hex')}`);
    await mkdir(join(this.folder, 'making'), { recursive: true });
    await rename(this.#place(key), away);
    await removeAll(away);
    for (const name of await this.#names())
      if (name.key === key) await rm(this.#namePath(name.reference), { force: true });
    return true;
  }

  /** Whether a .sif still is what it was when it was made; undefined for a folder, which nobody hashed. */
  async verify({ path, facts }: KeptSif, signal: AbortSignal): Promise<boolean | undefined> {
    return facts.sha256 === undefined ? undefined : (await hashFile(path, signal)) === facts.sha256;
  }

  async #read(key: string): Promise<KeptSif | undefined> {
    const facts = await readJson<SifFacts>(join(this.#place(key), 'facts.json'));
    if (facts === undefined) return undefined;
    return { key, path: join(this.#place(key), FILE[facts.form]), facts };
  }

  async #names(): Promise<SifName[]> {
    const folder = join(this.folder, 'names');
    const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json'));
    const names = await Promise.all(files.map((file) => readJson<SifName>(join(folder, file))));
    return names.filter((name) => name !== undefined);
  }

  readonly #place = (key: string): string => join(this.folder, 'kept', key);
  readonly #lock = (key: string): string => join(this.folder, 'locks', key);
  readonly #namePath = (reference: string): string =>
    join(this.folder, 'names', `${createHash('sha256').update(reference).digest('hex')}.json`);
}

/** Where an image is made before it is put in place. */
export interface SifDraft {
  /** For whatever is needed on the way. */
  readonly scratch: string;
  /** What becomes the image's folder. */
  readonly image: string;
  readonly sif: string;
  readonly sandbox: string;
}

function draftIn(scratch: string): SifDraft {
  const image = join(scratch, 'image');
  return { scratch, image, sif: join(image, FILE.sif), sandbox: join(image, FILE.sandbox) };
}

/** The key of an image: what it holds, and in which form. */
export const sifKey = (id: string, form: SifFacts['form']): string =>
  `${id.replace(':', '-')}${form === 'sif' ? '' : '-sandbox'}`;

async function readJson<Content>(path: string): Promise<Content | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Content;
  } catch {
    return undefined;
  }
}

async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (systemCodeOf(error) !== 'EACCES') throw error;
    throw new RunnerError('disk-full', `${path} cannot be removed`, {
      cause: error,
      hint: `It holds folders that may not be written: chmod -R u+w ${path}`,
    });
  }
}
