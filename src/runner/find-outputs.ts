import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { posix } from 'node:path';

import { LIMITS } from '../base/limits.ts';
import { systemCodeOf } from '../base/errors.ts';
import type { Mount } from '../container/index.ts';
import type { ExpectedOutput } from '../descriptor/index.ts';
import type { Failure } from './outcome.ts';
import { hasWildcard, matchesSegment } from './wildcard.ts';
import { CONTAINER_PLACES, hostPathOf, isWithin, seenAt, type RunPlaces } from './places.ts';

/** A file or folder the app left, proven to lie where the app may write. */
export interface FoundOutput {
  readonly outputId: string;
  /** Relative to the caller's output folder. */
  readonly path: string;
  /** On this machine, symlinks resolved. */
  readonly source: string;
  readonly kind: 'file' | 'folder';
}

export interface OutputSearch {
  readonly found: readonly FoundOutput[];
  readonly missing: readonly ExpectedOutput[];
  readonly faults: readonly Failure[];
  /** What lies in the working directory instead, for the sentence about what is missing. */
  readonly others: readonly string[];
}

/** The folders an app can write to; nothing outside them is ever collected. */
const writableRoots = (mounts: readonly Mount[]): string[] =>
  mounts.filter(({ readOnly }) => !readOnly).map(({ source }) => source);

/**
 * Finds each expected output below the folders that were writable in the container. A symbolic
 * link is followed only when it stays inside them; anything else that is not a file or folder, a
 * link that leads out, and a name that is not UTF-8 are faults.
 */
export async function findOutputs(
  expected: readonly ExpectedOutput[],
  mounts: readonly Mount[],
  places: RunPlaces,
): Promise<OutputSearch> {
  const work = seenAt(places.work, mounts) ?? CONTAINER_PLACES.work;
  const search = new Search(mounts, work);
  const missing: ExpectedOutput[] = [];
  for (const output of expected) {
    const count = await search.find(output);
    if (count === 0 && !output.optional) missing.push(output);
  }
  const unexplained = missing.length > 0 || search.found.length === 0;
  const others = unexplained ? await search.namesIn(places.work) : [];
  return { found: search.found, missing, faults: search.faults, others };
}

async function realRoots(mounts: readonly Mount[]): Promise<string[]> {
  const roots = await Promise.all(
    writableRoots(mounts).map((root) => realpath(root).catch(() => undefined)),
  );
  return roots.filter((root) => root !== undefined);
}

class Search {
  readonly found: FoundOutput[] = [];
  readonly faults: Failure[] = [];
  readonly #mounts: readonly Mount[];
  #roots: Promise<readonly string[]> | undefined;
  /** The working directory, as the app sees it. */
  readonly #work: string;

  constructor(mounts: readonly Mount[], work: string) {
    this.#mounts = mounts;
    this.#work = work;
  }

  /** How many files or folders there are for one output; faulty ones count, they are not missing. */
  async find(output: ExpectedOutput): Promise<number> {
    const path = posix.resolve(this.#work, output.path);
    const everything = path.endsWith('/**');
    const host = hostPathOf(everything ? path.slice(0, -3) : path, this.#mounts);
    if (host === undefined) return 0;
    if (everything) return this.#take(output, await this.#filesBelow(host), host);
    const literal = await exists(host);
    const hits = literal || !hasWildcard(path) ? [host] : await this.#expand(host);
    return this.#take(output, hits, undefined, path);
  }

  /** Files the app wrote below the working directory; the places of inputs are none. */
  async namesIn(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const inputs = new Set(
      this.#mounts.filter(({ readOnly }) => readOnly).map(({ target }) => target),
    );
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => posix.relative(folder, posix.join(entry.parentPath, entry.name)))
      .filter((name) => !name.startsWith('.cyto-run') && !inputs.has(posix.join(this.#work, name)))
      .sort()
      .slice(0, 10);
  }

  async #take(
    output: ExpectedOutput,
    hits: readonly string[],
    folder: string | undefined,
    containerPath = '',
  ): Promise<number> {
    let count = 0;
    for (const hit of hits) {
      const checked = await this.#check(hit);
      if (checked === undefined) continue;
      count += 1;
      if (typeof checked === 'string') {
        this.faults.push(invalid(output.id, hit, checked));
        continue;
      }
      const path =
        folder === undefined
          ? publishedPath(hit, containerPath, this.#work)
          : posix.relative(folder, hit);
      this.found.push({ outputId: output.id, path, ...checked });
    }
    return count;
  }

  /** The thing itself, a sentence about what is wrong with it, or undefined when nothing is there. */
  async #check(path: string): Promise<Pick<FoundOutput, 'source' | 'kind'> | string | undefined> {
    if (path.includes('\uFFFD')) return 'has a name that is not UTF-8';
    const target = await this.#followed(path);
    if (target === undefined) return undefined;
    const roots = await (this.#roots ??= realRoots(this.#mounts));
    if (!roots.some((root) => isWithin(target, root)))
      return `is a symbolic link that leads out of the folders the app may write to, to ${target}`;
    const stats = await lstat(target);
    if (stats.isFile()) return { source: target, kind: 'file' };
    if (!stats.isDirectory()) return 'is a device, socket or named pipe, not a file or folder';
    return { source: target, kind: 'folder' };
  }

  /** Where a path leads: an absolute link means a place in the container, not on this machine. */
  async #followed(path: string): Promise<string | undefined> {
    try {
      const stats = await lstat(path);
      if (!stats.isSymbolicLink()) return await realpath(path);
      const link = await readlink(path);
      if (!posix.isAbsolute(link)) return await realpath(path);
      const host = hostPathOf(link, this.#mounts);
      return host === undefined ? link : await realpath(host);
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
      if (code === 'ELOOP') return path;
      throw error;
    }
  }

  /** Every file below a folder, sorted; links to folders are not walked into. */
  async #filesBelow(folder: string): Promise<string[]> {
    const paths: string[] = [];
    const walk = async (at: string): Promise<void> => {
      for (const entry of await readdir(at, { withFileTypes: true })) {
        if (paths.length > LIMITS.outputFilesMax) return;
        const path = posix.join(at, entry.name);
        if (entry.isDirectory()) await walk(path);
        else paths.push(path);
      }
    };
    if (await exists(folder)) await walk(folder);
    return paths.sort();
  }

  /** Paths on this machine that a path with wildcards matches, segment by segment, sorted. */
  async #expand(pattern: string): Promise<string[]> {
    let matches = ['/'];
    for (const segment of pattern.split('/').filter((part) => part !== '')) {
      const next = matches.map(async (folder) =>
        hasWildcard(segment)
          ? (await namesOf(folder))
              .filter((name) => matchesSegment(segment, name))
              .map((name) => posix.join(folder, name))
          : [posix.join(folder, segment)],
      );
      matches = (await Promise.all(next)).flat();
    }
    return matches.sort();
  }
}

const namesOf = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Below the working directory a path keeps its folders; from elsewhere only its name. */
function publishedPath(hit: string, containerPath: string, work: string): string {
  if (!isWithin(containerPath, work)) return posix.basename(hit);
  const depth = posix.relative(work, containerPath).split('/').length;
  return hit.split('/').slice(-depth).join('/');
}

const invalid = (outputId: string, path: string, what: string): Failure => ({
  code: 'output-invalid',
  message: `the output ${JSON.stringify(posix.basename(path))} (${outputId}) ${what}`,
  hint: 'It was not collected. Everything the app wrote is kept in the run folder.',
});
