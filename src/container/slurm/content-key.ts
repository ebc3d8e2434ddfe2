import { createHash } from 'node:crypto';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { LIMITS } from '../../base/limits.ts';
import { hashFile } from '../images/file-hash.ts';
import { SingleFlight } from '../images/single-flight.ts';

/** A file or folder by its content. */
export interface Content {
  readonly path: string;
  /** Hex SHA-256: of the file, or of the list of what is in the folder. */
  readonly key: string;
  readonly isFolder: boolean;
  /** Lines as sha256sum(1) checks them, relative to the folder; of a file its name is the key. */
  readonly checksums: string;
}

/** Remembers the content of files for as long as they are what they were: an image is the same for each run. */
export class ContentMemory {
  readonly #known = new Map<string, Content>();
  readonly #readings = new SingleFlight<Content, never>();

  async of(path: string, signal: AbortSignal): Promise<Content> {
    const facts = await stat(path, { bigint: true });
    // What lies in a folder may change without a trace on the folder itself.
    if (!facts.isFile()) return contentOf(path, signal);
    const { dev, ino, size, mtimeNs, ctimeNs } = facts;
    const state = [path, dev, ino, size, mtimeNs, ctimeNs].join(' ');
    const known = this.#known.get(state);
    if (known !== undefined) return known;
    const read = (_: unknown, until: AbortSignal): Promise<Content> => contentOf(path, until);
    const content = await this.#readings.join(state, read, { signal, onProgress: undefined });
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= LIMITS.slurmContentsMax)
      this.#known.delete(oldest);
    this.#known.set(state, content);
    return content;
  }
}

/** Looks through a file or folder, and reads all of it. Two of one key have the same content. */
async function contentOf(path: string, signal: AbortSignal): Promise<Content> {
  if (!(await lstat(path)).isDirectory()) {
    const key = await hashFile(path, signal);
    return { path, key, isFolder: false, checksums: `${key}  ${key}\n` };
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const places = entries
    .map((entry) => ({
      entry,
      place: posix.relative(path, posix.join(entry.parentPath, entry.name)),
    }))
    .sort((a, b) => (a.place < b.place ? -1 : 1));
  const list: string[] = [];
  const checksums: string[] = [];
  for (const { entry, place } of places) {
    const full = posix.join(path, place);
    if (entry.isSymbolicLink()) list.push(`link ${JSON.stringify([place, await readlink(full)])}`);
    else if (entry.isFile()) {
      const hash = await hashFile(full, signal);
      list.push(`file ${JSON.stringify(place)} ${hash}`);
      checksums.push(checksumLine(hash, place));
    } else list.push(`folder ${JSON.stringify(place)}`);
  }
  const key = createHash('sha256')
    .update(`folder\n${list.join('\n')}`)
    .digest('hex');
  return { path, key, isFolder: true, checksums: checksums.join('') };
}

/** As sha256sum(1) writes it: a name with a line's end or a backslash is escaped, and the line says so. */
function checksumLine(hash: string, place: string): string {
  const escaped = place.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === place ? '' : '\\'}${hash}  ${escaped}\n`;
}
