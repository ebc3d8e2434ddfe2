import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { posix } from 'node:path';

import { systemCodeOf } from '../../base/errors.ts';
import type { ContainerLimits } from '../engine.ts';

/** A control group made for one job, and what is kept by it. */
export interface Cgroup {
  /** One for each hierarchy; a process writes 0 into `cgroup.procs` of each to enter. */
  readonly folders: readonly string[];
  readonly memory?: {
    /** File with the bytes in use. */
    readonly usage: string;
    readonly statistics: string;
    /** Key in `statistics` of what the kernel could take back. */
    readonly inactiveKey: string;
    /** File with a line `oom_kill N`. */
    readonly events: string;
  };
  readonly processorTime?: {
    readonly file: string;
    readonly unitsPerSecond: number;
    /** Where the file has several lines. */
    readonly key?: string;
  };
  readonly enforces: Enforced;
}

/** Which limits the kernel keeps for us. */
export interface Enforced {
  readonly memory: boolean;
  readonly swap: boolean;
  readonly cpus: boolean;
  readonly pids: boolean;
}

export const NOTHING_ENFORCED: Enforced = { memory: false, swap: false, cpus: false, pids: false };

/** Where this process lies in the kernel's hierarchies, by controller; `unified` is version 2. */
export type CgroupPlaces = Readonly<Record<string, string>>;

/**
 * The folders of the control groups that a process is in, from the texts of `/proc/self/cgroup` and
 * `/proc/self/mountinfo`. Pure. Hierarchies that are not mounted are left out.
 */
export function cgroupPlaces(cgroup: string, mountinfo: string): CgroupPlaces {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', point = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (type === 'cgroup2') return [{ name: 'unified', root, point }];
    if (type !== 'cgroup') return [];
    return options.split(',').map((name) => ({ name, root, point }));
  });
  const places: Record<string, string> = {};
  for (const line of cgroup.split('\n')) {
    const [id, names = '', ...path] = line.split(':');
    for (const name of id === '0' ? ['unified'] : names.split(',')) {
      const mount = mounts.find((each) => each.name === name);
      if (mount !== undefined && name !== '')
        places[name] = posix.join(mount.point, within(path.join(':'), mount.root));
    }
  }
  return places;
}

const within = (path: string, root: string): string =>
  path === root || path.startsWith(`${root === '/' ? '' : root}/`)
    ? path.slice(root === '/' ? 0 : root.length)
    : '';

/** This process's places; none where the system has no control groups. */
export function ownCgroupPlaces(): CgroupPlaces {
  try {
    return cgroupPlaces(
      readFileSync('/proc/self/cgroup', 'utf8'),
      readFileSync('/proc/self/mountinfo', 'utf8'),
    );
  } catch {
    return {};
  }
}

/**
 * Makes a control group below our own, so that what limits us limits it. `undefined` where we may
 * not: that is usual for an ordinary user, and what it means is told as the engine's limitations.
 */
export function makeCgroup(
  name: string,
  limits: ContainerLimits,
  places: CgroupPlaces = ownCgroupPlaces(),
): Cgroup | undefined {
  const made =
    places['memory'] === undefined && places['unified'] !== undefined
      ? makeUnified(name, limits, places['unified'])
      : makeSeparate(name, limits, places);
  if (made === undefined || limits.memoryBytes === undefined || made.enforces.memory) return made;
  // Half kept is worse than watched: the watch must know that it is needed.
  removeCgroup(made.folders);
  return undefined;
}

/** Version 1: a hierarchy for each controller. Without the one for memory there is no use in it. */
function makeSeparate(
  name: string,
  limits: ContainerLimits,
  places: CgroupPlaces,
): Cgroup | undefined {
  const made = new Map<string, string>();
  // No more than are needed: to enter one waits for all processors now and then, for tens of ms.
  for (const controller of ['memory', 'pids', ...(limits.cpus === undefined ? [] : ['cpu'])]) {
    const place = places[controller];
    const folder = place === undefined ? undefined : makeFolder(posix.join(place, name));
    if (folder !== undefined) made.set(controller, folder);
  }
  const memory = made.get('memory');
  if (memory === undefined) {
    removeCgroup([...made.values()]);
    return undefined;
  }
  const bytes = String(limits.memoryBytes);
  const isMemoryKept =
    limits.memoryBytes === undefined || put(memory, 'memory.limit_in_bytes', bytes);
  const isSwapKept =
    limits.memoryBytes === undefined
      ? existsSync(posix.join(memory, 'memory.memsw.limit_in_bytes'))
      : put(memory, 'memory.memsw.limit_in_bytes', bytes);
  return {
    folders: [...new Set(made.values())],
    memory: {
      usage: posix.join(memory, 'memory.usage_in_bytes'),
      statistics: posix.join(memory, 'memory.stat'),
      inactiveKey: 'total_inactive_file',
      events: posix.join(memory, 'memory.oom_control'),
    },
    enforces: {
      memory: isMemoryKept,
      swap: isSwapKept,
      cpus: putIn(made.get('cpu'), 'cpu.cfs_quota_us', limits.cpus && quota(limits.cpus)),
      pids: putIn(made.get('pids'), 'pids.max', String(limits.pids)),
    },
  };
}

/**
 * Version 2: one hierarchy. A group that holds processes can have no limited groups below it, and
 * ours holds us: its parents are tried as well, up to the first that is ours to divide.
 */
function makeUnified(name: string, limits: ContainerLimits, own: string): Cgroup | undefined {
  for (let parent = own; parent.length > 1; parent = posix.dirname(parent)) {
    if (!existsSync(posix.join(parent, 'cgroup.procs'))) return undefined;
    const folder = isOurs(parent) ? makeFolder(posix.join(parent, name)) : undefined;
    if (folder === undefined) continue;
    for (const controller of ['memory', 'pids', 'cpu'])
      put(parent, 'cgroup.subtree_control', `+${controller}`);
    if (existsSync(posix.join(folder, 'memory.max'))) return unifiedGroup(folder, limits);
    removeCgroup([folder]);
  }
  return undefined;
}

/** Whoever moves a process must be allowed to write to the group above both places. */
function isOurs(folder: string): boolean {
  try {
    accessSync(posix.join(folder, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function unifiedGroup(folder: string, limits: ContainerLimits): Cgroup {
  const bytes = limits.memoryBytes === undefined ? 'max' : String(limits.memoryBytes);
  return {
    folders: [folder],
    memory: {
      usage: posix.join(folder, 'memory.current'),
      statistics: posix.join(folder, 'memory.stat'),
      inactiveKey: 'inactive_file',
      events: posix.join(folder, 'memory.events'),
    },
    processorTime: {
      file: posix.join(folder, 'cpu.stat'),
      unitsPerSecond: 1e6,
      key: 'usage_usec',
    },
    enforces: {
      memory: put(folder, 'memory.max', bytes),
      swap: put(folder, 'memory.swap.max', limits.memoryBytes === undefined ? 'max' : '0'),
      cpus: putIn(folder, 'cpu.max', limits.cpus && `${quota(limits.cpus)} ${PERIOD_US}`),
      pids: putIn(folder, 'pids.max', String(limits.pids)),
    },
  };
}

/** The kernel's own default period. */
const PERIOD_US = 100_000;
const quota = (cpus: number): string => String(Math.max(1_000, Math.round(cpus * PERIOD_US)));

function makeFolder(path: string): string | undefined {
  try {
    mkdirSync(path);
    return path;
  } catch (error) {
    // Controllers that share a hierarchy: made a moment ago.
    return systemCodeOf(error) === 'EEXIST' ? path : undefined;
  }
}

/** Whether a limit is kept: where none is wanted, whether it could be. */
function putIn(folder: string | undefined, file: string, text: string | 0 | undefined): boolean {
  if (folder === undefined) return false;
  return text === undefined || text === 0
    ? existsSync(posix.join(folder, file))
    : put(folder, file, text);
}

function put(folder: string, file: string, text: string): boolean {
  try {
    // Not made where it is missing: what is no file of the kernel limits nothing.
    writeFileSync(posix.join(folder, file), text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

/** Processes in a group, as this process numbers them. */
export function cgroupMembers(folders: readonly string[]): number[] {
  const [folder] = folders;
  if (folder === undefined) return [];
  try {
    return readFileSync(posix.join(folder, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  } catch {
    return [];
  }
}

/** Removes the group; harmless when it is gone. `false` while a process is in it. */
export function removeCgroup(folders: readonly string[]): boolean {
  let isGone = true;
  for (const folder of folders)
    try {
      rmdirSync(folder);
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') isGone = false;
    }
  return isGone;
}
