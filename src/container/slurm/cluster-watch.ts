import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import { FileLook } from './file-look.ts';
import { HostUnreachable, type SlurmHost } from './host.ts';
import type { JobWatch } from './job-watch.ts';
import type { WorkFolder } from './layout.ts';
import { Pacer } from './pacer.ts';

export interface WatchOptions {
  readonly clock: Clock;
  /** At least this long between two questions to the host, unless there is more to read. */
  readonly pauseMs: number;
  /** Hears of each question in vain: the host was out of reach, or what it answered is none. */
  readonly onPollError?: (() => void) | undefined;
}

/**
 * Watches all jobs of one cluster: in one loop their files (ends, beginnings, output behind the
 * readers' offsets), one round trip a turn; in another the scheduler's word. Both sleep while nobody
 * waits for anything.
 */
export class ClusterWatch {
  readonly #host: SlurmHost;
  readonly #work: WorkFolder;
  readonly #clock: Clock;
  readonly #pauseMs: number;
  readonly #onPollError: () => void;
  readonly #jobs = new Set<JobWatch>();
  readonly #pacer: Pacer;
  #news = new AbortController();
  #hurried = new AbortController();
  #isWatching = false;
  #isAsking = false;

  constructor(host: SlurmHost, work: WorkFolder, { clock, pauseMs, onPollError }: WatchOptions) {
    this.#host = host;
    this.#work = work;
    this.#clock = clock;
    this.#pauseMs = pauseMs;
    this.#onPollError = onPollError ?? (() => undefined);
    this.#pacer = new Pacer(pauseMs === 0 ? LIMITS.slurmQueryMsMin : LIMITS.slurmRemoteQueryMs);
  }

  /** Watches a job until it is over or released. */
  add(job: JobWatch): void {
    job.look(this.#clock.monotonicMs());
    this.#jobs.add(job);
    this.#pacer.expect(this.#clock.monotonicMs());
    this.hearNews();
  }

  release(job: JobWatch): void {
    job.close();
    this.#jobs.delete(job);
  }

  /** There is somebody new to watch, or something new to wait for. */
  hearNews(): void {
    this.#news.abort();
    if (!this.#isWatching && this.#hasWork()) {
      this.#isWatching = true;
      void this.#watchFiles();
    }
    if (!this.#isAsking && this.#open().length > 0) {
      this.#isAsking = true;
      void this.#askScheduler();
    }
  }

  /** A job was asked to end: it soon will. */
  hurry(): void {
    this.#pacer.hurry();
    this.#hurried.abort();
    this.hearNews();
  }

  async #watchFiles(): Promise<void> {
    // Whoever asks for a job's end asks for its output in the same moment.
    await this.#clock.sleep(Math.min(this.#pauseMs, LIMITS.slurmLookMs));
    for (let failures = 0; this.#hasWork();) {
      this.#news = new AbortController();
      const news = this.#news.signal;
      try {
        await this.#look(news);
        failures = 0;
      } catch (error) {
        if (news.aborted) continue;
        failures = await this.#afterFailure(error, failures);
      }
    }
    this.#isWatching = false;
  }

  async #look(news: AbortSignal): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    const look = new FileLook(this.#work, [...this.#jobs], this.#pauseMs);
    const options = { timeoutMs: LIMITS.slurmCommandMs, enough: news };
    const found = look.learn(await this.#host.ask(look.steps, options), this.#clock.monotonicMs());
    const tookMs = this.#clock.monotonicMs() - startedMs;
    if (found === 'more') return;
    if (this.#pauseMs > 0) await this.#clock.sleep(this.#pauseMs);
    // What is there but cannot be read would end every waiting at once.
    else if (found === 'nothing' && !news.aborted && tookMs < LIMITS.slurmLookMs)
      await this.#clock.sleep(LIMITS.slurmLookMs - tookMs);
  }

  /** By itself: a scheduler that takes a minute to answer keeps nobody from seeing an end. */
  async #askScheduler(): Promise<void> {
    for (let failures = 0; this.#open().length > 0;) {
      this.#hurried = new AbortController();
      const dueInMs = this.#pacer.dueInMs(this.#open(), this.#clock.monotonicMs());
      if (dueInMs > 0) {
        await this.#clock.sleep(dueInMs, this.#hurried.signal);
        continue;
      }
      try {
        await this.#query();
        failures = 0;
      } catch (error) {
        failures = await this.#afterFailure(error, failures);
      }
    }
    this.#isAsking = false;
  }

  async #query(): Promise<void> {
    const open = this.#open();
    const askedMs = this.#clock.monotonicMs();
    const { argv, learn } = this.#pacer.next(open, askedMs);
    const [answer] = await this.#host.ask([{ do: 'run', argv }], {
      timeoutMs: LIMITS.slurmCommandMs,
    });
    const when = { nowMs: this.#clock.monotonicMs(), askedMs };
    if (answer === undefined || !learn(answer, when)) this.#onPollError();
    // Now over, or soon to be looked at again.
    if (open.some((job) => !job.isOpen || job.isUnclear)) this.hearNews();
  }

  async #afterFailure(error: unknown, failures: number): Promise<number> {
    if (!(error instanceof HostUnreachable)) throw error;
    this.#onPollError();
    const waitMs = Math.min(LIMITS.slurmRetryMs * 2 ** failures, LIMITS.slurmRetryMsMax);
    await this.#clock.sleep(waitMs);
    return failures + 1;
  }

  #hasWork(): boolean {
    return this.#open().length > 0 || [...this.#jobs].some(({ readers }) => readers.size > 0);
  }

  #open(): readonly JobWatch[] {
    return [...this.#jobs].filter((job) => job.isOpen);
  }
}
