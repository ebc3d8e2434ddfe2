import { posix } from 'node:path';

import type { EngineName, Mount } from '../container/index.ts';

/**
 * Where things lie inside every container, on every engine. Fixed, so that a command line does not
 * depend on the machine or the run, a repeated run can give the same bytes, and an app that splits
 * at spaces is not tripped by the caller's folder names.
 */
export const CONTAINER_PLACES = {
  work: '/cyto-run/work',
  home: '/cyto-run/home',
  tmp: '/tmp',
  /** BIAFLOWS folder mode. */
  in: '/data/in',
  out: '/data/out',
  gt: '/data/gt',
} as const;

/** Where the app sees its places. */
export type AppPlaces = Readonly<Record<keyof typeof CONTAINER_PLACES, string>>;

/**
 * The app's places on an engine: the fixed ones in every container; without a container they are
 * the folders of this machine themselves.
 */
export function appPlaces(
  engine: EngineName,
  places: RunPlaces,
  { inFolder, gtFolder }: { readonly inFolder?: string; readonly gtFolder?: string },
): AppPlaces {
  if (engine !== 'process') return CONTAINER_PLACES;
  return {
    work: places.work,
    home: places.home,
    tmp: places.tmp,
    in: inFolder ?? CONTAINER_PLACES.in,
    out: places.staged,
    gt: gtFolder ?? CONTAINER_PLACES.gt,
  };
}

/** Where the app saw a folder of this machine, by what was mounted. */
export const seenAt = (folder: string, mounts: readonly Mount[]): string | undefined =>
  mounts.find(({ source }) => source === folder)?.target;

/** The folders of one run on this machine, below its run folder. */
export interface RunPlaces {
  readonly work: string;
  readonly home: string;
  readonly tmp: string;
  /** What the app writes in folder mode, before it is checked and published. */
  readonly staged: string;
  /** Where outputs are kept when the caller named no folder. */
  readonly out: string;
}

/** What holds the places of one attempt; the first has them in the run's own folder. */
export const attemptFolder = (runFolder: string, attempt: number): string =>
  attempt === 1 ? runFolder : posix.join(runFolder, `attempt-${attempt}`);

/**
 * Each attempt has its own: what still runs of an earlier one, on a machine that nobody reaches,
 * must not write into it.
 */
export function runPlaces(runFolder: string, attempt = 1): RunPlaces {
  const folder = attemptFolder(runFolder, attempt);
  return {
    work: posix.join(folder, 'work'),
    home: posix.join(folder, 'home'),
    tmp: posix.join(folder, 'tmp'),
    staged: posix.join(folder, 'staged'),
    out: posix.join(runFolder, 'out'),
  };
}

/** Whether `path` is `folder` or lies below it. Both absolute and normalised. */
export function isWithin(path: string, folder: string): boolean {
  const between = posix.relative(folder, path);
  return between === '' || (!between.startsWith('../') && between !== '..');
}

/** The path on this machine of a path in the container, or undefined when no mount holds it. */
export function hostPathOf(containerPath: string, mounts: readonly Mount[]): string | undefined {
  const path = posix.normalize(containerPath);
  const mount = mounts
    .filter(({ target }) => isWithin(path, target))
    .sort((a, b) => b.target.length - a.target.length)[0];
  return mount && posix.join(mount.source, posix.relative(mount.target, path));
}
