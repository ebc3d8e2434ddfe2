import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { isWithin } from '../../runner/index.ts';

/** What is in a folder that is to be sent; paths are relative to it, in their order. */
export interface FolderContents {
  readonly files: readonly string[];
  readonly emptyFolders: readonly string[];
}

/**
 * What is in a folder, as an app would see it that has this folder and nothing beside it: links that stay
 * inside are what they lead to. Throws `input-missing` with every entry that cannot be sent
 * (`details.faults`), and for a folder of too many.
 *
 * @param folder absolute
 */
export async function contentsOf(folder: string): Promise<FolderContents> {
  const root = await realpath(folder);
  const walk = new Walk(folder, root);
  await walk.into('', [root]);
  const { faults, files, emptyFolders } = walk;
  const [first, ...others] = faults;
  if (first !== undefined)
    throw new RunnerError(
      'input-missing',
      others.length === 0
        ? `${JSON.stringify(folder)} cannot be sent: ${first}`
        : `${JSON.stringify(folder)} cannot be sent:\n${listed(faults)}`,
      {
        hint: 'Put the file or folder itself in place of the link, or take it out; or put all of it where the server can read it (mount-roots).',
        details: { faults },
      },
    );
  return { files: files.sort(), emptyFolders: emptyFolders.sort() };
}

class Walk {
  readonly files: string[] = [];
  readonly emptyFolders: string[] = [];
  readonly faults: string[] = [];
  readonly #folder: string;
  readonly #root: string;

  constructor(folder: string, root: string) {
    this.#folder = folder;
    this.#root = root;
  }

  /** @param above real paths of this folder and of those it lies in, also by way of links */
  async into(below: string, above: readonly string[]): Promise<void> {
    const place = posix.join(this.#folder, below);
    const entries = await readdir(place, { withFileTypes: true }).catch((error: unknown) => {
      this.#fault(below, `cannot be read (${systemCodeOf(error) ?? String(error)})`);
    });
    if (entries === undefined) return;
    if (entries.length === 0 && below !== '') this.emptyFolders.push(below);
    for (const entry of entries) {
      await this.#take(entry, posix.join(below, entry.name), above);
      if (this.files.length + this.emptyFolders.length > LIMITS.uploadFolderFilesMax)
        throw new RunnerError(
          'input-missing',
          `${JSON.stringify(this.#folder)} has more than the ${LIMITS.uploadFolderFilesMax} files that are sent`,
          { hint: 'Put it where the server can read it (mount-roots), or send parts of it.' },
        );
    }
  }

  async #take(entry: Dirent, path: string, above: readonly string[]): Promise<void> {
    if (entry.isFile()) this.files.push(path);
    else if (entry.isDirectory())
      await this.into(path, [...above, posix.join(above.at(-1) ?? '', entry.name)]);
    else if (entry.isSymbolicLink()) await this.#follow(path, above);
    else this.#fault(path, 'is neither a file nor a folder');
  }

  async #follow(path: string, above: readonly string[]): Promise<void> {
    const target = await realpath(posix.join(this.#folder, path)).catch((error: unknown) => {
      const isNowhere = systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ELOOP';
      this.#fault(
        path,
        isNowhere ? 'is a link that leads nowhere' : 'is a link not to be followed',
      );
    });
    if (target === undefined) return;
    if (!isWithin(target, this.#root)) {
      this.#fault(path, `is a link that leads out of the folder, to ${JSON.stringify(target)}`);
      return;
    }
    const kind = await stat(target);
    if (kind.isFile()) this.files.push(path);
    else if (!kind.isDirectory()) this.#fault(path, 'is neither a file nor a folder');
    else if (above.includes(target)) this.#fault(path, 'is a link to a folder that it lies in');
    else await this.into(path, [...above, target]);
  }

  #fault(path: string, problem: string): void {
    this.faults.push(`${JSON.stringify(path)} ${problem}`);
  }
}

function listed(faults: readonly string[]): string {
  const rest = faults.length - LIMITS.batchFaultsShownMax;
  return [
    ...faults.slice(0, LIMITS.batchFaultsShownMax).map((fault) => `  ${fault}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ].join('\n');
}
