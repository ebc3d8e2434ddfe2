import { open, readFile, stat, statfs } from 'node:fs/promises';
import { posix } from 'node:path';

import type { Clock } from '../../base/clock.ts';
import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type {
  EngineEnding,
  ExitStatus,
  LogOffsets,
  OutputChunk,
  OutputStream,
  StartedContainer,
} from '../engine.ts';
import { followOutput, type OutputFiles } from '../follow-output.ts';
import { cgroupMembers, removeCgroup } from './cgroup.ts';
import {
  isLogLost,
  readCgroupFolders,
  readExit,
  readProgram,
  readSupervisor,
  removeJobFolder,
  thisBoot,
  type JobFacts,
} from './job-folder.ts';
import {
  isAlive,
  killProcesses,
  markedProcesses,
  programProcesses,
  signalProcess,
} from './processes.ts';

/** How one engine's programs differ from another's. */
export interface ProgramHabits {
  /** `first`: SIGTERM is for the first process, which passes it on. `all`: for each of the tree. */
  readonly terminates: 'first' | 'all';
  /** What an exit code means where nothing was written but these words to stderr. Pure. */
  readonly explain: (exit: ExitStatus, stderr: string, program: string) => ExitStatus;
}

export interface SupervisedFacts {
  readonly folder: string;
  readonly facts: JobFacts;
  readonly phase: 'created' | 'running' | 'exited';
  /** Fires when the supervisor that we started ends; a found one is looked at now and then. */
  readonly ended?: AbortSignal;
}

const NOTHING_READ: LogOffsets = { stdout: 0, stderr: 0 };

/** A program that runs under a supervisor of its own and tells all it has to tell in a folder. */
export class SupervisedContainer implements StartedContainer {
  readonly name: string;
  readonly id: string;
  readonly phase: SupervisedFacts['phase'];
  readonly #facts: JobFacts;
  readonly #folder: string;
  readonly #habits: ProgramHabits;
  readonly #clock: Clock;
  readonly #supervisorEnded: AbortSignal | undefined;
  #exit: Promise<ExitStatus> | undefined;
  #disposed: Promise<void> | undefined;

  constructor(given: SupervisedFacts, habits: ProgramHabits, clock: Clock) {
    this.#facts = given.facts;
    this.#folder = given.folder;
    this.#habits = habits;
    this.#clock = clock;
    this.#supervisorEnded = given.ended;
    this.name = given.facts.name;
    this.id = given.folder;
    this.phase = given.phase;
  }

  begun(): Promise<void> {
    return Promise.resolve();
  }

  async *output(from: LogOffsets = NOTHING_READ): AsyncGenerator<OutputChunk> {
    if (this.phase === 'created') return;
    yield* followOutput(new LogFiles(this.#folder), {
      from,
      ended: this.wait(),
      clock: this.#clock,
      pollMs: LIMITS.jobPollMs,
    });
  }

  wait(): Promise<ExitStatus> {
    return (this.#exit ??= this.#ended());
  }

  async stop(graceMs: number): Promise<void> {
    if (this.phase === 'created') return;
    const over = new AbortController();
    const ended = this.wait().finally(() => {
      over.abort();
    });
    // Whoever calls `wait` hears of a failure; here it only must not go unheard.
    ended.catch(() => undefined);
    if (graceMs > 0) await this.#terminate(graceMs, over.signal);
    await this.#kill(over.signal);
    if (!over.signal.aborted)
      throw new RunnerError('engine-lost', `${this.name} does not end, though it was killed`, {
        hint: 'Its processes may hang in the kernel (a lost network disk).',
      });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposed ??= this.#remove());
  }

  /** SIGTERM to the program as soon as there is one, and then its grace. */
  async #terminate(graceMs: number, over: AbortSignal): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    const left = (): number => graceMs - (this.#clock.monotonicMs() - startMs);
    for (;;) {
      const [first, ...rest] = await this.#processes();
      if (first !== undefined) {
        signalProcess(first, 'SIGTERM');
        if (this.#habits.terminates === 'all')
          for (const pid of rest) signalProcess(pid, 'SIGTERM');
        break;
      }
      if (over.aborted || left() <= 0) return;
      await this.#clock.sleep(LIMITS.jobKillPollMs, over);
    }
    await this.#clock.sleep(Math.max(0, left()), over);
  }

  /** SIGKILL to all of it, again and again: a process may be born while its parent dies. */
  async #kill(over: AbortSignal): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    while (!over.aborted && this.#clock.monotonicMs() - startMs < LIMITS.engineKillMs) {
      killProcesses(await this.#processes());
      await this.#clock.sleep(LIMITS.jobKillPollMs, over);
    }
  }

  /** All that runs of the program, parents first; none of what another machine or start knew by these numbers. */
  async #processes(): Promise<number[]> {
    if (this.#facts.bootId !== (await thisBoot())) return [];
    const [supervisor, program, cgroup] = await Promise.all([
      readSupervisor(this.#folder),
      readProgram(this.#folder),
      readCgroupFolders(this.#folder),
    ]);
    const found = programProcesses({ folder: this.#folder, supervisor, program });
    return [...new Set([...found, ...cgroupMembers(cgroup)])];
  }

  async #ended(): Promise<ExitStatus> {
    if (this.phase === 'created')
      throw new RunnerError('engine-lost', `${this.name} was created but never started`);
    for (;;) {
      // Looked at first: whoever ended has written everything before.
      const isOver = !(await this.#isSupervised());
      const exit = await readExit(this.#folder);
      if (exit !== undefined) return await this.#told(exit);
      if (isOver) return await this.#untold();
      await this.#clock.sleep(LIMITS.jobPollMs, this.#supervisorEnded);
    }
  }

  async #isSupervised(): Promise<boolean> {
    if (this.#supervisorEnded !== undefined) return !this.#supervisorEnded.aborted;
    return isSupervised(this.#folder, this.#facts);
  }

  /** What the supervisor wrote down, and what it could not know. */
  async #told(exit: ExitStatus): Promise<ExitStatus> {
    if (await isLogLost(this.#folder))
      return { ...exit, ending: diskFull('a part of what the app wrote could not be kept') };
    const [stdoutBytes, stderrBytes] = await Promise.all(
      (['stdout', 'stderr'] as const).map(
        async (stream) => (await stat(posix.join(this.#folder, stream))).size,
      ),
    );
    if (stdoutBytes !== 0 || (stderrBytes ?? 0) > LIMITS.stderrTailBytesMax) return exit;
    const stderr = await readFile(posix.join(this.#folder, 'stderr'), 'utf8');
    return this.#habits.explain(exit, stderr, this.#facts.program);
  }

  /** The supervisor is gone without a word: what it ran is ended, and why is told as far as it can be. */
  async #untold(): Promise<ExitStatus> {
    if (this.#disposed !== undefined || (await statOf(this.#folder)) === undefined)
      throw new RunnerError('engine-lost', `${this.name} was removed while it was waited for`);
    for (let pids = await this.#processes(); pids.length > 0; pids = await this.#processes()) {
      killProcesses(pids);
      await this.#clock.sleep(LIMITS.jobKillPollMs);
    }
    return { exitCode: 137, outOfMemory: false, ending: await this.#whyUntold() };
  }

  async #whyUntold(): Promise<EngineEnding> {
    const { bootId, host } = this.#facts;
    if (bootId !== (await thisBoot()))
      return {
        code: 'engine-lost',
        message: `${host} was restarted while the app ran`,
        hint: 'Run it again.',
      };
    const { bavail } = await statfs(this.#folder);
    if (bavail === 0) return diskFull('how the app ended could not be written down');
    return {
      code: 'engine-lost',
      message: 'what watched over the app was killed from outside, and the app with it',
      hint: 'Did somebody, or the kernel for want of memory, kill processes of this machine?',
    };
  }

  /** Normally all has ended and only the folder is left. */
  async #remove(): Promise<void> {
    if (await isSupervised(this.#folder, this.#facts)) await this.#endSupervisor();
    const cgroup = await readCgroupFolders(this.#folder);
    while (!removeCgroup(cgroup)) {
      killProcesses(cgroupMembers(cgroup));
      await this.#clock.sleep(LIMITS.jobKillPollMs);
    }
    await removeJobFolder(this.#folder);
  }

  /** Kills the program; its supervisor ends by itself then, and is killed when it does not. */
  async #endSupervisor(): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    while (await isSupervised(this.#folder, this.#facts)) {
      const sinceMs = this.#clock.monotonicMs() - startMs;
      const isLate = sinceMs > LIMITS.jobWindUpMs;
      killProcesses(isLate ? markedProcesses(this.#folder) : await this.#processes());
      await this.#clock.sleep(LIMITS.jobKillPollMs, this.#supervisorEnded);
    }
  }
}

/** Whether a supervisor works in this folder: the one that said so, or one that has not come to it yet. */
export async function isSupervised(folder: string, facts: JobFacts): Promise<boolean> {
  if (facts.bootId !== (await thisBoot())) return false;
  const supervisor = await readSupervisor(folder);
  return supervisor === undefined ? markedProcesses(folder).length > 0 : isAlive(supervisor);
}

const diskFull = (what: string): EngineEnding => ({
  code: 'disk-full',
  message: `the disk of the data folder is full: ${what}`,
  hint: 'Free some space, or set CYTO_RUN_HOME to a larger disk.',
});

async function statOf(path: string): Promise<unknown> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The two files that the supervisor keeps; opened for each reading, for a reader may be given up at any time. */
class LogFiles implements OutputFiles {
  readonly #folder: string;
  readonly #buffer = Buffer.allocUnsafe(LIMITS.logReadBytesMax);

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(offsets: LogOffsets): Promise<OutputChunk[]> {
    const chunks: OutputChunk[] = [];
    for (const stream of ['stdout', 'stderr'] as const) {
      const bytesRead = await this.#readOne(stream, offsets[stream]);
      // A copy: whoever gets it may keep it.
      if (bytesRead > 0)
        chunks.push({ stream, bytes: Uint8Array.from(this.#buffer.subarray(0, bytesRead)) });
    }
    return chunks;
  }

  async #readOne(stream: OutputStream, offset: number): Promise<number> {
    try {
      await using file = await open(posix.join(this.#folder, stream));
      return (await file.read(this.#buffer, 0, this.#buffer.length, offset)).bytesRead;
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return 0;
      throw error;
    }
  }
}
