import { systemClock } from '../../src/base/clock.ts';
import type { RunRecord } from '../../src/runner/index.ts';
import type { Chance } from './chance.ts';
import { randomJob, type Job } from './workload.ts';

/** A job that a server has accepted. */
export interface AcceptedJob extends Job {
  readonly runId: string;
  /** Somebody asked to cancel it. */
  canceled: boolean;
  /** It was not over while the disk was full, which may have ended it. */
  troubled: boolean;
  /** It was not over while the engine was restarted, which may have ended it, or lost what it wrote just then. */
  shaken: boolean;
}

const UNFINISHED_MAX = 8;
/** One of low priority is overtaken by many before it begins. */
const MAY_BE_UNFINISHED = 12 * UNFINISHED_MAX;

/** A client that is never sure: it sends each job until it has an answer, to whichever server is there. */
export class Submitter {
  readonly accepted: AcceptedJob[] = [];
  readonly #chance: Chance;
  readonly #unanswered: Job[] = [];
  readonly #met = new Map<Job, Set<'troubled' | 'shaken'>>();
  #number = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  get unanswered(): number {
    return this.#unanswered.length;
  }

  /** Submits, and now and then cancels, until the server is gone. */
  async work(url: string, isGone: () => boolean): Promise<void> {
    while (!isGone()) {
      const unfinished = await activeRuns(url);
      if (unfinished !== undefined && unfinished < UNFINISHED_MAX) {
        if (this.#unanswered.length === 0)
          this.#unanswered.push(randomJob(this.#chance, (this.#number += 1)));
        await this.sendUnanswered(url);
      }
      if (this.#chance.happens(0.1)) await this.#cancelOne(url);
      await systemClock.sleep(this.#chance.between(0, 150));
    }
  }

  /** Sends what has no answer yet, once. */
  async sendUnanswered(url: string): Promise<void> {
    for (const job of [...this.#unanswered]) {
      const runId = await submit(url, job);
      if (runId === undefined) return;
      this.#unanswered.splice(this.#unanswered.indexOf(job), 1);
      this.accepted.push({
        ...job,
        ...{ runId, canceled: false },
        troubled: this.#met.get(job)?.has('troubled') === true,
        shaken: this.#met.get(job)?.has('shaken') === true,
      });
    }
  }

  /** Something happens that those which are not over may end of, or suffer. */
  befalls(what: 'troubled' | 'shaken'): void {
    for (const job of this.accepted.slice(-MAY_BE_UNFINISHED)) job[what] = true;
    // Accepted perhaps, and not answered.
    for (const job of this.#unanswered) {
      const met = this.#met.get(job) ?? new Set();
      this.#met.set(job, met.add(what));
    }
  }

  async #cancelOne(url: string): Promise<void> {
    const job = this.accepted.at(-1);
    if (job === undefined) return;
    job.canceled = true;
    await ask(`${url}/runner/v1/runs/${job.runId}/cancel`, { method: 'POST' });
  }
}

async function activeRuns(url: string): Promise<number | undefined> {
  const answer = await ask(`${url}/runner/v1/service-info`);
  const body = (await answer?.json().catch(() => undefined)) as
    { readonly runs: { readonly waiting: number; readonly active: number } } | undefined;
  return body && body.runs.waiting + body.runs.active;
}

/** The run's id; undefined: nobody knows what became of it. */
async function submit(url: string, { key, body }: Job): Promise<string | undefined> {
  const answer = await ask(`${url}/runner/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
  if (answer === undefined || answer.status >= 500) return undefined;
  const record = (await answer.json().catch(() => undefined)) as RunRecord | undefined;
  if (record !== undefined && !answer.ok)
    throw new Error(`${key} was refused: ${JSON.stringify(record)}`);
  return record?.runId;
}

const ask = (url: string, options?: RequestInit): Promise<Response | undefined> =>
  fetch(url, { ...options, signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
