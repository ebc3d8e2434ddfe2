import { join } from 'node:path';

import { systemClock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import { whyOf, type OutputCheck, type Why } from '../../report/index.ts';
import {
  fileFacts,
  folderFacts,
  isTerminal,
  StopReason,
  type OutputFacts,
  type RunEvent,
  type RunRecord,
} from '../../runner/index.ts';
import { adoptRun, type OpenedRuns } from '../../site/runs/index.ts';
import type { LogChunk, LogQuery, RunPage, RunQuery } from '../../store/index.ts';
import { optionalText } from '../arguments.ts';
import type { CrateSource, CrateWish } from '../crate/crate-source.ts';
import { localCrate } from '../crate/local-crate.ts';
import type { OutputSource } from '../outputs/bring-outputs.ts';
import { localOutputs } from '../outputs/output-sources.ts';
import type { FollowSignals, RunsPort } from './runs-port.ts';

/** The runs of this machine's data folder. A run whose process has died is taken over where one waits for its end. */
export class LocalRuns implements RunsPort {
  readonly place = 'this machine';
  readonly flag = '';
  readonly #runs: OpenedRuns;

  constructor(runs: OpenedRuns) {
    this.#runs = runs;
  }

  get #store(): OpenedRuns['store'] {
    return this.#runs.store;
  }

  async runArgument(given: unknown): Promise<string> {
    return Promise.resolve(this.#store.resolveRunId(optionalText(given) ?? 'last'));
  }

  async read(runId: string): Promise<RunRecord> {
    return Promise.resolve(this.#store.read(runId));
  }

  async events(runId: string): Promise<readonly RunEvent[]> {
    return Promise.resolve(this.#store.events(runId));
  }

  async list({ batch, ...query }: RunQuery): Promise<RunPage> {
    const resolved = batch === undefined ? {} : { batch: this.#store.batches.resolve(batch) };
    return Promise.resolve(this.#store.list({ ...query, ...resolved }));
  }

  async itemsOf(batch: string): ReturnType<RunsPort['itemsOf']> {
    const batchId = this.#store.batches.resolve(batch);
    return Promise.resolve({ batchId, items: this.#store.batches.items(batchId) });
  }

  async why({ runId }: Pick<RunRecord, 'runId'>): Promise<Why> {
    const record = this.#store.read(runId);
    const { batch, state } = record;
    const ahead =
      batch === undefined || state !== 'QUEUED'
        ? {}
        : { ahead: this.#store.batches.queuedBefore(batch) };
    const facts = { now: systemClock.now(), attended: this.#store.isAttended(runId), ...ahead };
    return Promise.resolve(whyOf(record, facts));
  }

  readLog(runId: string, query: LogQuery): AsyncIterable<LogChunk> {
    return this.#store.readLog(runId, query);
  }

  async *followLog(
    runId: string,
    query: LogQuery,
    { leave, kill }: FollowSignals,
  ): AsyncGenerator<LogChunk> {
    const adopted = adoptRun(this.#runs, runId, { stop: new AbortController().signal, kill });
    yield* this.#store.followLog(runId, query, leave);
    await adopted;
  }

  async untilEnded(runId: string, kill: AbortSignal): Promise<RunRecord> {
    for (;;) {
      const record = this.#store.read(runId);
      if (isTerminal(record.state)) return record;
      await adoptRun(this.#runs, runId, { stop: new AbortController().signal, kill });
      if (!isTerminal(this.#store.read(runId).state))
        await systemClock.sleep(LIMITS.logFollowPollMs);
    }
  }

  async cancel(runId: string, now: boolean): Promise<RunRecord> {
    this.#store.requestStop(runId, 'user');
    const kill = now ? AbortSignal.abort() : new AbortController().signal;
    await adoptRun(this.#runs, runId, { stop: AbortSignal.abort(new StopReason('user')), kill });
    return this.untilEnded(runId, kill);
  }

  remove(runId: string): Promise<void> {
    return this.#store.remove(runId);
  }

  outputsOf(record: RunRecord): OutputSource {
    return localOutputs(record);
  }

  crateOf(record: RunRecord, wish: CrateWish): Promise<CrateSource> {
    return localCrate(record, wish, join(this.#store.runFolder(record.runId), 'logs'));
  }

  async checkOutput(
    _record: RunRecord,
    { location, kind, sha256 }: OutputFacts,
  ): Promise<OutputCheck> {
    try {
      const now = kind === 'file' ? await fileFacts(location) : await folderFacts(location);
      return now.sha256 === sha256 ? 'same' : 'changed';
    } catch {
      return 'missing';
    }
  }

  [Symbol.dispose](): void {
    this.#runs[Symbol.dispose]();
  }
}
