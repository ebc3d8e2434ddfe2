import { RunnerError } from '../../base/errors.ts';
import { shellQuote } from '../../base/shell-quote.ts';
import type { Client, RunFilter } from '../../client/index.ts';
import type { OutputCheck, Why } from '../../report/index.ts';
import {
  attemptOf,
  isTerminal,
  type OutputFacts,
  type RunEvent,
  type RunRecord,
} from '../../runner/index.ts';
import type { LogChunk, LogQuery, RunPage, RunQuery } from '../../store/index.ts';
import { optionalText } from '../arguments.ts';
import type { CrateSource, CrateWish } from '../crate/crate-source.ts';
import type { OutputSource } from '../outputs/bring-outputs.ts';
import { serverOutputs } from '../outputs/output-sources.ts';
import { batchArgument } from './batch-argument.ts';
import type { FollowSignals, QueuePort, RunsPort } from './runs-port.ts';

/** As many as the server gives at once. */
const PAGE_MAX = 200;

/**
 * The runs of a server. Its answers are the same records, pages and reasons, of which the client knows
 * the greater part: here they are taken for what the server's description says they are.
 */
export class ServerRuns implements RunsPort {
  readonly place: string;
  readonly flag: string;
  readonly queue: QueuePort;
  readonly #client: Client;

  /** @param byFlag whether a further command needs to be told of the server again */
  constructor(client: Client, byFlag: boolean) {
    this.#client = client;
    this.place = client.url;
    this.queue = {
      hold: (runId, reason) => client.runs.hold(runId, reason === undefined ? {} : { reason }),
      release: (runId) => client.runs.release(runId),
      setPriority: (runId, priority) => client.runs.change(runId, { priority }),
    };
    this.flag = byFlag ? ` --server ${shellQuote(client.url)}` : '';
  }

  async runArgument(given: unknown): Promise<string> {
    return (await this.#client.runs.show(optionalText(given) ?? 'last')).runId;
  }

  async read(runId: string): Promise<RunRecord> {
    return recordOf(await this.#client.runs.show(runId), this.#client.url);
  }

  async events(runId: string): Promise<readonly RunEvent[]> {
    return (await this.#client.runs.events(runId)) as unknown as readonly RunEvent[];
  }

  async list({
    states,
    since,
    before,
    limit,
    cursor,
    batch,
    ...query
  }: RunQuery): Promise<RunPage> {
    const filter: RunFilter = {
      ...query,
      ...(batch === undefined ? {} : { batch: await batchArgument(batch, this.#client) }),
      ...(states === undefined ? {} : { state: states }),
      ...(since === undefined ? {} : { since: since.toISOString() }),
      ...(before === undefined ? {} : { before: before.toISOString() }),
    };
    const runs: RunPage['runs'][number][] = [];
    let next = cursor;
    do {
      const page = (await this.#client.runs.page({
        ...filter,
        limit: Math.min(PAGE_MAX, limit - runs.length),
        ...(next === undefined ? {} : { cursor: next }),
      })) as RunPage;
      runs.push(...page.runs);
      next = page.nextCursor;
    } while (next !== undefined && runs.length < limit);
    return { runs, ...(next === undefined ? {} : { nextCursor: next }) };
  }

  why({ runId }: Pick<RunRecord, 'runId'>): Promise<Why> {
    return this.#client.runs.why(runId);
  }

  async itemsOf(batch: string): ReturnType<RunsPort['itemsOf']> {
    const batchId = await batchArgument(batch, this.#client);
    return { batchId, items: await Array.fromAsync(this.#client.batches.items(batchId)) };
  }

  readLog(runId: string, query: LogQuery): AsyncGenerator<LogChunk> {
    const { stream, from = {}, tailBytes, attempt } = query;
    const offset = stream === 'both' ? undefined : from[stream];
    return this.#client.runs.log(runId, {
      stream,
      ...(offset === undefined ? {} : { offset }),
      ...(tailBytes === undefined ? {} : { tail: tailBytes }),
      ...(attempt === undefined ? {} : { attempt }),
    });
  }

  async *followLog(
    runId: string,
    query: LogQuery,
    { leave }: FollowSignals,
  ): AsyncGenerator<LogChunk> {
    const { stream } = query;
    // Asked first: what the app writes meanwhile belongs to what follows, not to what was.
    const record = await this.read(runId);
    const attempt = query.attempt ?? attemptOf(record);
    const offsets = await this.#ends(runId, attempt);
    for await (const chunk of this.readLog(runId, { ...query, attempt })) {
      yield chunk;
      offsets[chunk.stream] = chunk.offset + chunk.bytes.length;
    }
    if (isTerminal(record.state) || attempt < attemptOf(record)) return;
    const after = [record.seq, attempt, offsets.stdout, offsets.stderr].join('.');
    for await (const news of this.#client.runs.follow(runId, { after, signal: leave }))
      if (news.kind === 'log') {
        if (query.attempt !== undefined && news.attempt !== query.attempt) return;
        if (stream === 'both' || news.chunk.stream === stream) yield news.chunk;
      }
  }

  /** Where each stream ends now. */
  async #ends(runId: string, attempt: number): Promise<{ stdout: number; stderr: number }> {
    const ends = { stdout: 0, stderr: 0 };
    for (const stream of ['stdout', 'stderr'] as const)
      for await (const { offset, bytes } of this.#client.runs.log(runId, {
        ...{ stream, attempt, tail: 1 },
      }))
        ends[stream] = offset + bytes.length;
    return ends;
  }

  async untilEnded(runId: string, _kill: AbortSignal): Promise<RunRecord> {
    return recordOf(await this.#client.runs.ended(runId), this.#client.url);
  }

  async cancel(runId: string, now: boolean): Promise<RunRecord> {
    await this.#client.runs.cancel(runId, { now });
    return recordOf(await this.#client.runs.ended(runId), this.#client.url);
  }

  remove(runId: string): Promise<void> {
    return this.#client.runs.remove(runId);
  }

  outputsOf({ runId }: RunRecord): OutputSource {
    return serverOutputs(runId, this.#client);
  }

  async crateOf(record: RunRecord, wish: CrateWish): Promise<CrateSource> {
    const { serverCrate } = await import('../crate/server-crate.ts');
    return serverCrate(record, wish, this.#client);
  }

  async checkOutput(record: RunRecord, output: OutputFacts): Promise<OutputCheck> {
    const source = this.outputsOf(record);
    try {
      if (output.kind === 'folder') await source.files(output);
      else for await (const _bytes of source.read(output));
      return 'same';
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      if (error.code === 'not-found') return 'missing';
      if (error.code === 'transfer-damaged') return 'changed';
      throw error;
    }
  }

  [Symbol.dispose](): void {
    // Nothing is held between two requests.
  }
}

/** A record of a server as one of ours: its outputs lie where they can be fetched. */
export function recordOf(answer: object, server: string): RunRecord {
  const record = answer as RunRecord;
  const folder = `${server}/runner/v1/runs/${record.runId}/outputs`;
  return {
    ...record,
    outputs: record.outputs.map((output) => ({
      ...output,
      location: `${folder}/${output.path.split('/').map(encodeURIComponent).join('/')}`,
    })),
  };
}
