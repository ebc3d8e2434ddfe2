import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { OutputChunk } from '../engine.ts';
import {
  gathered,
  HostUnreachable,
  type HostAnswer,
  type HostStep,
  type SlurmHost,
} from './host.ts';
import { STREAMS, type JobWatch } from './job-watch.ts';
import type { WorkFolder } from './layout.ts';
import { Pacer, type Query } from './pacer.ts';

export interface WatchOptions {
  readonly clock: Clock;
  /** At least this long between two questions to the host, unless there is more to read. */
  readonly pauseMs: number;
}

/**
 * Watches all jobs of one cluster in one loop, one round trip a turn: ends and beginnings by the
 * files that the jobs leave in the work folder, output behind the readers' offsets, and now and then
 * the scheduler's word. Sleeps while nobody waits for anything.
 */
export class ClusterWatch {
  readonly #host: SlurmHost;
  readonly #work: WorkFolder;
  readonly #clock: Clock;
  readonly #pauseMs: number;
  readonly #jobs = new Set<JobWatch>();
  readonly #pacer = new Pacer();
  #news = new AbortController();
  #isRunning = false;

  constructor(host: SlurmHost, work: WorkFolder, { clock, pauseMs }: WatchOptions) {
    this.#host = host;
    this.#work = work;
    this.#clock = clock;
    this.#pauseMs = pauseMs;
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
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** A job was asked to end: it soon will. */
  hurry(): void {
    this.#pacer.hurry();
    this.hearNews();
  }

  async #run(): Promise<void> {
    let failures = 0;
    // What made it run may be called in the same moment for many jobs: let them all come first.
    await Promise.resolve();
    while (this.#hasWork()) {
      this.#news = new AbortController();
      const news = this.#news.signal;
      try {
        const more = await this.#look(news);
        failures = 0;
        if (!more && this.#pauseMs > 0) await this.#clock.sleep(this.#pauseMs);
      } catch (error) {
        if (news.aborted) continue;
        if (!(error instanceof HostUnreachable)) throw error;
        await this.#clock.sleep(
          Math.min(LIMITS.slurmRetryMs * 2 ** failures, LIMITS.slurmRetryMsMax),
        );
        failures += 1;
      }
    }
    this.#isRunning = false;
  }

  #hasWork(): boolean {
    return this.#open().length > 0 || [...this.#jobs].some(({ readers }) => readers.size > 0);
  }

  #open(): readonly JobWatch[] {
    return [...this.#jobs].filter((job) => job.isOpen);
  }

  /** One round trip. Tells whether there is surely more to read. */
  async #look(news: AbortSignal): Promise<boolean> {
    const askedMs = this.#clock.monotonicMs();
    const open = this.#open();
    const dueInMs = this.#pacer.dueInMs(open, askedMs);
    const query = dueInMs <= 0 ? this.#pacer.next(open, askedMs) : undefined;
    const waits = query === undefined ? [this.#awaitStep(open, dueInMs)] : [];
    const unbegun = open.filter((job) => !job.evidence.begun);
    const reads = this.#reads();
    const steps: HostStep[] = [
      ...waits,
      { do: 'gather', folder: this.#work.ended, names: namesOf(open) },
      { do: 'gather', folder: this.#work.begun, names: namesOf(unbegun) },
      ...reads.flatMap(({ steps: two }) => two),
      ...(query === undefined ? [] : [{ do: 'run' as const, argv: query.argv }]),
    ];
    const answers = await this.#host.ask(steps, { timeoutMs: LIMITS.slurmCommandMs, enough: news });
    const [ended, begun, ...rest] = answers.slice(waits.length);
    const nowMs = this.#clock.monotonicMs();
    this.#learnFiles(open, ended, begun);
    const more = reads.map(({ note }, index) => note(rest.slice(index * 2, index * 2 + 2), nowMs));
    this.#learnQuery(query, rest.at(-1), nowMs);
    for (const job of open) job.look(nowMs);
    return more.some(Boolean);
  }

  #awaitStep(open: readonly JobWatch[], dueInMs: number): HostStep {
    const reads = [...this.#jobs].flatMap((job) =>
      [...job.readers].map(({ offsets }) => ({ job, offsets })),
    );
    // Somebody waits for what a job that is over has left: there is nothing to wait for.
    const isOver = reads.some(({ job }) => !job.isOpen);
    const waitMs = isOver ? 0 : Math.min(dueInMs, LIMITS.slurmAwaitMsMax, untilJudged(open));
    return {
      do: 'await',
      waitMs,
      events: {
        urgent: { folder: this.#work.ended, names: namesOf(open.filter(isUnheard)) },
        mild: {
          folder: this.#work.begun,
          names: namesOf(open.filter((job) => !job.evidence.begun)),
        },
        grow: reads.flatMap(({ job, offsets }) =>
          STREAMS.map((stream) => ({ path: job.files[stream], beyondBytes: offsets[stream] })),
        ),
        lingerMs: this.#pauseMs,
      },
    };
  }

  #reads(): readonly Reading[] {
    return [...this.#jobs].flatMap((job) =>
      [...job.readers].map((reader): Reading => ({
        steps: STREAMS.map((stream) => ({
          do: 'read' as const,
          path: job.files[stream],
          from: reader.offsets[stream],
          bytesMax: LIMITS.logReadBytesMax,
        })),
        note: (answers, nowMs) => {
          const chunks = STREAMS.flatMap((stream, index): OutputChunk[] => {
            const answer = answers[index];
            const isThere = answer?.exitCode === 0 && answer.out.length > 0;
            return isThere ? [{ stream, bytes: answer.out }] : [];
          });
          job.noteOutput(reader, chunks, nowMs);
          return chunks.some(({ bytes }) => bytes.length === LIMITS.logReadBytesMax);
        },
      })),
    );
  }

  #learnFiles(
    open: readonly JobWatch[],
    ended: HostAnswer | undefined,
    begun: HostAnswer | undefined,
  ): void {
    const nowMs = this.#clock.monotonicMs();
    const exits = ended?.exitCode === 0 ? gathered(ended) : new Map<string, string>();
    const starts = begun?.exitCode === 0 ? gathered(begun) : new Map<string, string>();
    for (const job of open) {
      if (starts.has(job.files.name)) job.noteBegun(nowMs);
      const text = exits.get(job.files.name);
      if (text !== undefined) job.noteExit(text, nowMs);
    }
  }

  #learnQuery(query: Query | undefined, answer: HostAnswer | undefined, nowMs: number): void {
    if (query !== undefined && answer !== undefined) query.learn(answer, nowMs);
  }
}

interface Reading {
  readonly steps: readonly HostStep[];
  readonly note: (answers: readonly (HostAnswer | undefined)[], nowMs: number) => boolean;
}

const namesOf = (jobs: readonly JobWatch[]): string[] => jobs.map(({ files }) => files.name);

/** Its exit file was not read yet: one that was lies there and would end every waiting at once. */
const isUnheard = (job: JobWatch): boolean => job.evidence.exit === undefined;

/** A job that waits for a grace to be over is looked at again soon. */
const untilJudged = (open: readonly JobWatch[]): number =>
  open.some((job) => job.isUnclear) ? LIMITS.slurmQueryMsMin : Infinity;
