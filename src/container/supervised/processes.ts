import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { systemCodeOf } from '../../base/errors.ts';
import { JOB_VARIABLE } from './script.ts';

/** One line of /proc/PID/stat, as far as we use it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly isZombie: boolean;
  /** Clock ticks since the machine's start: with the pid, one process and no other. */
  readonly startTicks: number;
}

/** Reads one line of /proc/PID/stat; the name in its parentheses may hold anything. */
export function parseStat(text: string): ProcessEntry | undefined {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, , session] = fields;
  const startTicks = fields[19];
  if (!Number.isSafeInteger(pid) || startTicks === undefined) return undefined;
  return {
    pid,
    parent: Number(parent),
    session: Number(session),
    isZombie: state === 'Z' || state === 'X',
    startTicks: Number(startTicks),
  };
}

/** The process of that number now, if there is one. */
export function processEntry(pid: number): ProcessEntry | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** A process told from any later one with its number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
}

export function isAlive({ pid, startTicks }: ProcessIdentity): boolean {
  const entry = processEntry(pid);
  return entry?.startTicks === startTicks && !entry.isZombie;
}

export interface JobMarks {
  /** The job's folder: our variable names it, and the output pipes lie in it. */
  readonly folder: string;
  readonly supervisor: ProcessIdentity | undefined;
  /** The program's first process, in whatever became of it. */
  readonly program: number | undefined;
}

/**
 * Every process that belongs to a job's program, parents first, as this process numbers them: what
 * descends from it, carries our variable, is in the supervisor's session, or writes into its pipes.
 * A daemon that left session and parents is among them; the supervisor and what keeps the output are
 * not, as long as the supervisor lives.
 */
export function programProcesses(marks: JobMarks): number[] {
  const entries = allProcesses();
  const supervisor =
    marks.supervisor !== undefined && isAlive(marks.supervisor) ? marks.supervisor.pid : undefined;
  const program = descendants(entries, marks.program === undefined ? [] : [marks.program], marks);
  const keepers = descendants(entries, supervisor === undefined ? [] : [supervisor]);
  const isForeign = ({ pid }: ProcessEntry): boolean => keepers.has(pid) && !program.has(pid);
  const marked = entries.filter((entry) => !isForeign(entry) && isMarked(entry, marks));
  const members = descendants(entries, [...program, ...marked.map(({ pid }) => pid)]);
  return entries
    .filter((entry) => members.has(entry.pid) && !isForeign(entry) && entry.pid !== process.pid)
    .sort((a, b) => depthOf(a, entries) - depthOf(b, entries))
    .map(({ pid }) => pid);
}

/** How many parents it has that we know of. */
function depthOf(entry: ProcessEntry, entries: readonly ProcessEntry[]): number {
  const byPid = new Map(entries.map((each) => [each.pid, each]));
  let depth = 0;
  for (let at = byPid.get(entry.parent); at !== undefined && depth < entries.length; depth += 1)
    at = byPid.get(at.parent);
  return depth;
}

/** The supervisor itself, found by the variable it was started with. */
export function markedProcesses(folder: string): number[] {
  const marks = { folder, supervisor: undefined, program: undefined };
  return allProcesses()
    .filter((entry) => isMarked(entry, marks))
    .map(({ pid }) => pid);
}

/** The roots that are still what they were, and all below them. */
function descendants(
  entries: readonly ProcessEntry[],
  roots: readonly number[],
  marks?: JobMarks,
): Set<number> {
  const since = marks?.supervisor?.startTicks ?? 0;
  const found = new Set(
    entries
      .filter(({ pid, startTicks }) => roots.includes(pid) && startTicks >= since)
      .map(({ pid }) => pid),
  );
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const { pid, parent } of entries) if (found.has(parent)) found.add(pid);
  }
  return found;
}

function isMarked({ pid, session, startTicks }: ProcessEntry, marks: JobMarks): boolean {
  if (pid === process.pid) return false;
  if (environmentOf(pid).includes(`\0${JOB_VARIABLE}=${marks.folder}/\0`)) return true;
  const pipes = [`${marks.folder}/stdout.pipe`, `${marks.folder}/stderr.pipe`];
  if ([1, 2].some((fd) => pipes.includes(linkOf(`/proc/${pid}/fd/${fd}`) ?? ''))) return true;
  const { supervisor } = marks;
  if (supervisor === undefined) return false;
  // As long as one of its session lives, no new process gets its number.
  return session === supervisor.pid && startTicks >= supervisor.startTicks && !isReused(supervisor);
}

function isReused({ pid, startTicks }: ProcessIdentity): boolean {
  const now = processEntry(pid);
  return now !== undefined && now.startTicks !== startTicks;
}

const environmentOf = (pid: number): string => `\0${textOf(`/proc/${pid}/environ`) ?? ''}`;

function allProcesses(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processEntry(Number(name)) ?? [])
    .filter(({ isZombie }) => !isZombie);
}

/**
 * Kills them all. They are stopped first, so that none sees another die: a shell would write of it
 * into the app's log.
 */
export function killProcesses(pids: readonly number[]): void {
  for (const pid of pids) signalProcess(pid, 'SIGSTOP');
  for (const pid of pids) signalProcess(pid, 'SIGKILL');
}

/** Sends a signal; harmless when the process is gone. */
export function signalProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCodeOf(error) !== 'ESRCH' && systemCodeOf(error) !== 'EPERM') throw error;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
