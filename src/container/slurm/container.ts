import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type {
  ExitStatus,
  LogOffsets,
  OutputChunk,
  StartedContainer,
  WaitReason,
} from '../engine.ts';
import { followOutput } from '../follow-output.ts';
import { askAgain, type Cluster } from './cluster.ts';
import type { HostStep } from './host.ts';
import type { JobWatch } from './job-watch.ts';
import { removeJobs } from './submit.ts';
import { bringBack, type Copied } from './transfer.ts';

const NOTHING_READ: LogOffsets = { stdout: 0, stderr: 0 };

/** One job of a cluster. */
export class SlurmContainer implements StartedContainer {
  readonly name: string;
  readonly id: string;
  readonly phase: StartedContainer['phase'];
  readonly #cluster: Cluster;
  readonly #job: JobWatch;
  readonly #copied: readonly Copied[];
  #back: Promise<void> | undefined;
  #disposed: Promise<void> | undefined;

  constructor(
    cluster: Cluster,
    job: JobWatch,
    {
      phase,
      copied = [],
    }: { phase: StartedContainer['phase']; copied?: readonly Copied[] | undefined },
  ) {
    this.#copied = copied;
    this.#cluster = cluster;
    this.#job = job;
    this.name = job.files.name;
    this.id = job.key.id;
    this.phase = phase;
    if (phase !== 'created') cluster.watch.add(job);
  }

  async begun(onWaiting?: (reason: WaitReason) => void): Promise<void> {
    if (onWaiting !== undefined) this.#job.onWaiting(onWaiting);
    await this.#job.begun;
  }

  async *output(from: LogOffsets = NOTHING_READ): AsyncGenerator<OutputChunk> {
    if (this.phase === 'created') return;
    const read = (offsets: LogOffsets): Promise<readonly OutputChunk[]> => {
      const answer = this.#job.read(offsets);
      this.#cluster.watch.hearNews();
      return answer;
    };
    yield* followOutput(
      { read },
      {
        from,
        ended: this.#job.ended,
        clock: this.#cluster.clock,
        pollMs: LIMITS.slurmLookMs,
      },
    );
  }

  async wait(): Promise<ExitStatus> {
    if (this.phase === 'created')
      throw new RunnerError('engine-lost', `${this.name} was prepared but never submitted`);
    const exit = await this.#job.ended;
    // Whoever hears of the end looks for the outputs.
    await (this.#back ??= bringBack(this.#cluster, this.name, this.#copied));
    return exit;
  }

  /**
   * Our own signals to the batch script alone: it passes SIGTERM or SIGKILL on to the app, and
   * writes down how it ended. Only a script that does not answer is left to the scheduler's kill.
   */
  async stop(graceMs: number): Promise<void> {
    if (this.phase === 'created' || !this.#job.isOpen) return;
    const over = new AbortController();
    const done = (): void => {
      over.abort();
    };
    this.#job.ended.then(done, done);
    if (graceMs > 0) {
      await this.#signal('USR1');
      await this.#cluster.clock.sleep(graceMs, over.signal);
    }
    const { clock } = this.#cluster;
    const endMs = clock.monotonicMs() + LIMITS.slurmGoneMs;
    for (let tries = 0; !over.signal.aborted && clock.monotonicMs() < endMs; tries += 1) {
      await this.#signal('USR2');
      // scancel too may fail while the scheduler is away: again, until the end is seen.
      if (tries > 0) await this.#killWhole();
      await clock.sleep(LIMITS.slurmKillMs, over.signal);
    }
    if (!over.signal.aborted)
      throw new RunnerError('engine-lost', `${this.name} does not end, though it was killed`, {
        hint: `Its node may not answer; see "scontrol show job ${this.id}".`,
      });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposed ??= this.#remove());
  }

  async #signal(signal: 'USR1' | 'USR2'): Promise<void> {
    const { files } = this.#job;
    const [withdrawn] = await askAgain(this.#cluster, [
      // Whoever moves the ticket first decides whether it runs at all.
      { do: 'move', from: files.ticket, to: files.withdrawn },
      scancel('--state=PENDING', this.id),
      scancel('--batch', `--signal=${signal}`, this.id),
    ]);
    this.#job.noteStop(withdrawn?.exitCode === 0, this.#cluster.clock.monotonicMs());
    this.#cluster.watch.hurry();
  }

  /** The whole tree of the job at once, without its script's last word. */
  async #killWhole(): Promise<void> {
    await askAgain(this.#cluster, [scancel('--signal=KILL', '--full', this.id), scancel(this.id)]);
    this.#cluster.watch.hurry();
  }

  async #remove(): Promise<void> {
    const { files } = this.#job;
    if (this.phase === 'created')
      await askAgain(this.#cluster, [{ do: 'move', from: files.ticket, to: files.withdrawn }]);
    else await this.stop(0);
    this.#cluster.watch.release(this.#job);
    // One that the cluster has put back into its queue would wait there for nothing.
    const again = this.phase === 'created' ? [] : [scancel('--state=PENDING', this.id)];
    await removeJobs(this.#cluster, [{ files }], again);
  }
}

/** A job that has ended is an error to scancel; to us it is what was wanted. */
const scancel = (...words: readonly string[]): HostStep => ({
  do: 'run',
  argv: ['scancel', '--quiet', ...words],
});
