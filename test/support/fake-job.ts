import { posix } from 'node:path';

import type { FakeFiles } from './fake-files.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** What the scheduler says of a job at one moment. */
export interface Seen {
  readonly state: string;
  readonly reason: string;
  readonly node: string;
  /** `code:signal`. */
  readonly exit: string;
}

/** What becomes of a job. Times in milliseconds, each from the moment before. */
export interface Life {
  /** How long it waits, and the words shown meanwhile, in equal parts. */
  readonly waitMs: number;
  readonly waitStates: readonly string[];
  readonly reason: string;
  /** How long the app runs, and the words shown meanwhile. */
  readonly runMs: number;
  readonly runStates: readonly string[];
  readonly stdout: readonly string[];
  /** The app's own exit code, when it ends by itself. */
  readonly exitCode: number;
  /** The prolog of its node fails: the job is CANCELLED before it begins, and the node drained. */
  readonly prologFails?: boolean;
  /** Ends by the scheduler's hand with this word; absent: by itself. */
  readonly word?: string;
  /** Of the exit file: written, never written, this much too late, or only its first half. */
  readonly exitFile: 'written' | 'missing' | 'half' | { readonly lateMs: number };
  readonly endingMs: number;
}

interface Cluster {
  readonly files: FakeFiles;
  readonly clock: SimulatedClock;
  readonly lifeOf: (runScript: string) => Life;
}

export interface FakeJobFacts {
  readonly id: string;
  readonly jobName: string;
  readonly name: string;
  readonly folder: string;
  readonly isHeld: boolean;
  readonly cluster: Cluster;
}

/** One job of a fake cluster: what the scheduler says of it, and what its script does on the node. */
export class FakeJob {
  readonly id: string;
  readonly jobName: string;
  readonly name: string;
  /** Its program was run. */
  hasRun = false;
  /** Its prolog failed. */
  hasBadNode = false;
  /** When its processes were gone, in the cluster's time. */
  endedAtMs: number | undefined;
  overSinceMs: number | undefined;
  readonly #facts: FakeJobFacts;
  readonly #history: { readonly atMs: number; readonly seen: Seen }[] = [];
  readonly #cancel = new AbortController();
  readonly #stop = new AbortController();
  #signal: string | undefined;
  #canceled = false;

  constructor(facts: FakeJobFacts) {
    this.#facts = facts;
    this.id = facts.id;
    this.jobName = facts.jobName;
    this.name = facts.name;
    void this.#live();
  }

  /** What the scheduler knew at that time; `undefined` before it was submitted. */
  seen(atMs: number = this.#facts.cluster.clock.monotonicMs()): Seen | undefined {
    return this.#history.findLast((entry) => entry.atMs <= atMs)?.seen;
  }

  /** scancel, with or without a signal of its own. */
  cancel({ signal, pendingOnly }: { signal: string | undefined; pendingOnly: boolean }): void {
    if (pendingOnly && this.#started) return;
    if (signal !== undefined && !this.#started) return;
    this.#signal ??= signal;
    if (signal === undefined) this.#canceled = true;
    this.#cancel.abort();
    if (this.#started) this.#stop.abort();
  }

  #started = false;

  #show(state: string, more: Partial<Seen> = {}): void {
    const atMs = this.#facts.cluster.clock.monotonicMs();
    const before = this.#history.at(-1)?.seen ?? { reason: 'None', node: '', exit: '0:0' };
    this.#history.push({ atMs, seen: { ...before, ...more, state } });
  }

  async #live(): Promise<void> {
    const { cluster, folder, isHeld } = this.#facts;
    const { files, clock } = cluster;
    const script = files.read(posix.join(folder, 'run.sh'))?.toString();
    const life = script === undefined ? GONE : cluster.lifeOf(script);
    if (isHeld) {
      this.#show('PENDING', { reason: 'JobHeldUser' });
      await clock.sleep(1e9, this.#cancel.signal);
    } else await this.#through(life.waitStates, life.waitMs, this.#cancel.signal, life.reason);
    if (this.#canceled) {
      this.#over('CANCELLED', '0:0');
      return;
    }
    this.#started = true;
    if (life.prologFails === true) {
      this.#show('CANCELLED', { node: 'node1', exit: '0:0' });
      this.overSinceMs = clock.monotonicMs();
      this.endedAtMs = clock.monotonicMs();
      this.hasBadNode = true;
      return;
    }
    this.#show('RUNNING', { node: 'node1', reason: 'None' });
    // As batch.sh and run.sh begin: without its files or its ticket the program does not run.
    const isWhole = files.has(posix.join(folder, 'run.sh'));
    if (!isWhole || !files.move(posix.join(folder, 'ticket'), posix.join(folder, 'taken'))) {
      this.#over('FAILED', '75:0');
      return;
    }
    await this.#run(life);
  }

  async #run(life: Life): Promise<void> {
    const { files, clock } = this.#facts.cluster;
    const { folder, name } = this.#facts;
    const work = posix.dirname(posix.dirname(folder));
    this.hasRun = true;
    files.write(posix.join(work, 'begun', name), Buffer.from('node1\n'), 'elsewhere');
    const parts = Math.max(1, life.stdout.length);
    let written = 0;
    for (let part = 0; part < parts && !this.#stop.signal.aborted; part += 1) {
      const bytes = Buffer.from(life.stdout[part] ?? '');
      files.append(posix.join(folder, 'stdout'), bytes, 'elsewhere');
      files.append(posix.join(folder, 'stderr'), Buffer.alloc(0), 'elsewhere');
      written += bytes.length;
      await this.#through(
        [life.runStates[part] ?? 'RUNNING'],
        life.runMs / parts,
        this.#stop.signal,
      );
    }
    this.endedAtMs = clock.monotonicMs();
    const end = this.#endOf(life);
    const text = exitText({ ...end, stdoutBytes: written });
    const write = (whole: string): void => {
      files.write(posix.join(work, 'ended', name), Buffer.from(whole), 'elsewhere');
    };
    if (end.exitFile === 'written') write(text);
    if (end.exitFile === 'half') write(text.slice(0, text.length >> 1));
    if (typeof end.exitFile === 'object')
      void clock.sleep(end.exitFile.lateMs).then(() => {
        write(text);
      });
    this.#show('COMPLETING');
    await clock.sleep(life.endingMs);
    this.#over(end.word, end.exit);
  }

  /** How it ends: as its life wants, or as it was canceled meanwhile. */
  #endOf(life: Life): End {
    if (this.#signal === 'USR1') return OURS(143, 'stop');
    if (this.#signal === 'USR2') return OURS(137, 'kill');
    if (this.#signal === 'KILL')
      return { ...OURS(137, ''), word: 'CANCELLED', exitFile: 'missing', exit: '0:9' };
    if (this.#canceled) return { ...OURS(143, ''), signaled: '1', word: 'CANCELLED', exit: '0:15' };
    const { exitCode, word, exitFile } = life;
    if (word === undefined) {
      const ended = exitCode === 0 ? 'COMPLETED' : 'FAILED';
      return { exitCode, asked: '', signaled: '', word: ended, exit: `${exitCode}:0`, exitFile };
    }
    if (word === 'OUT_OF_MEMORY')
      return { exitCode: 137, asked: '', signaled: '', word, exit: '0:125', exitFile };
    return { exitCode: 143, asked: '', signaled: '1', word, exit: '0:15', exitFile };
  }

  async #through(
    states: readonly string[],
    ms: number,
    signal: AbortSignal,
    reason?: string,
  ): Promise<void> {
    for (const state of states) {
      if (signal.aborted) return;
      this.#show(state, reason === undefined ? {} : { reason });
      await this.#facts.cluster.clock.sleep(ms / states.length, signal);
    }
  }

  #over(state: string, exit: string): void {
    this.#show(state, { exit });
    this.overSinceMs = this.#facts.cluster.clock.monotonicMs();
  }
}

interface End {
  readonly exitCode: number;
  readonly asked: string;
  readonly signaled: string;
  readonly word: string;
  readonly exit: string;
  readonly exitFile: Life['exitFile'];
}

const OURS = (exitCode: number, asked: string): End => ({
  exitCode,
  asked,
  signaled: '',
  word: 'FAILED',
  exit: `${exitCode}:0`,
  exitFile: 'written',
});

const GONE: Life = {
  waitMs: 0,
  waitStates: [],
  reason: 'None',
  runMs: 0,
  runStates: [],
  stdout: [],
  exitCode: 75,
  exitFile: 'missing',
  endingMs: 0,
};

/** As the end of run.sh writes it; the node's clock is nobody's business. */
const exitText = ({
  exitCode,
  asked,
  signaled,
  stdoutBytes,
}: End & { stdoutBytes: number }): string =>
  [
    `exit-code=${exitCode}`,
    'started-at=1999-12-31T23:59:59.000Z',
    'finished-at=2038-01-19T03:14:08.000Z',
    'node=node1',
    `asked=${asked}`,
    `signaled=${signaled}`,
    `stdout-bytes=${stdoutBytes}`,
    'stderr-bytes=0',
    'end=1',
    '',
  ].join('\n');
