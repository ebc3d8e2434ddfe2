import { LIMITS } from '../base/limits.ts';
import { chunksOf } from './chunks.ts';
import type { Connection } from './connection.ts';
import { followRun, type FollowOptions } from './follow.ts';
import { newKey } from './key.ts';
import { readLog, type LogQuery } from './log-lines.ts';
import { readOutput, type ReadOutputOptions } from './output-bytes.ts';
import type {
  LogChunk,
  OutputFile,
  RerunChanges,
  RunComparison,
  RunEvent,
  RunFilter,
  RunNews,
  RunOutput,
  RunPage,
  RunRecord,
  RunSummary,
  Submission,
  Why,
} from './types.ts';

/**
 * The runs of a server. A run is named by its id, the beginning of one, `last` or `last~N`. Every method
 * throws `RunnerError`s: with the code, hint and details that the server gave, `server-unreachable` when
 * it stays away.
 */
export class RunCalls {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Queues a run. May be called again with the same `idempotencyKey` after whatever went wrong: it is the
   * same run. Without a key it has one of its own, so that an answer that was lost makes no second run.
   */
  submit(
    submission: Submission,
    { idempotencyKey = newKey() }: { readonly idempotencyKey?: string } = {},
  ): Promise<RunRecord> {
    return this.#connection.json('POST', '/runs', {
      json: submission,
      headers: { 'idempotency-key': idempotencyKey },
    });
  }

  /**
   * Repeats a run: the same descriptor, values, options and image, but for what is said. Sent twice it is
   * made once, as `submit`.
   */
  rerun(
    run: string,
    changes: RerunChanges = {},
    { idempotencyKey = newKey() }: { readonly idempotencyKey?: string } = {},
  ): Promise<RunRecord> {
    return this.#connection.json('POST', pathOf(run, 'rerun'), {
      json: changes,
      headers: { 'idempotency-key': idempotencyKey },
    });
  }

  /** What differs between a run and the one that it repeats. */
  comparison(run: string): Promise<RunComparison> {
    return this.#connection.json('GET', pathOf(run, 'comparison'));
  }

  /** One page, newest first. */
  page(filter: RunFilter = {}): Promise<RunPage> {
    return this.#connection.json('GET', '/runs', { query: { ...filter } });
  }

  /** All that fit, newest first, page by page as they are asked for. */
  async *list(filter: RunFilter = {}): AsyncGenerator<RunSummary> {
    let cursor = filter.cursor;
    do {
      const page = await this.page({ ...filter, ...(cursor === undefined ? {} : { cursor }) });
      yield* page.runs;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  show(run: string): Promise<RunRecord> {
    return this.#connection.json('GET', pathOf(run));
  }

  /** Why it waits, runs or ended as it did. */
  why(run: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Why> {
    return this.#connection.json('GET', pathOf(run, 'why'), signal === undefined ? {} : { signal });
  }

  /** Everything that happened to it so far. */
  events(run: string): Promise<readonly RunEvent[]> {
    return this.#connection.json('GET', pathOf(run, 'events'));
  }

  /** Everything that happens to it, live, until it has ended. */
  follow(run: string, options?: FollowOptions): AsyncGenerator<RunNews> {
    return followRun(this.#connection, run, options);
  }

  /** What the app wrote so far, byte for byte. */
  log(run: string, query?: LogQuery): AsyncGenerator<LogChunk> {
    return readLog(this.#connection, encodeURIComponent(run), query);
  }

  /** Resolves when it has ended. */
  async ended(run: string, options?: FollowOptions): Promise<RunRecord> {
    for await (const _news of this.follow(run, options));
    return this.show(run);
  }

  /** Asks it to end: SIGTERM, grace, SIGKILL; or at once. Harmless when it has ended. */
  cancel(run: string, { now = false }: { readonly now?: boolean } = {}): Promise<RunRecord> {
    return this.#connection.json('POST', pathOf(run, 'cancel'), { json: { now } });
  }

  /** Lets a run that waits go on waiting until it is released. Throws `not-waiting`. */
  hold(run: string, { reason }: { readonly reason?: string } = {}): Promise<RunRecord> {
    const json = reason === undefined ? {} : { reason };
    return this.#connection.json('POST', pathOf(run, 'hold'), { json });
  }

  /** Lets a held run begin. Throws `not-waiting`. */
  release(run: string): Promise<RunRecord> {
    return this.#connection.json('POST', pathOf(run, 'release'));
  }

  /** Changes the place of a run that waits. Throws `not-waiting`. */
  change(
    run: string,
    change: {
      readonly priority?: number;
      readonly deadline?: string | null;
      readonly notBefore?: string | null;
    },
  ): Promise<RunRecord> {
    return this.#connection.json('PATCH', pathOf(run), { json: change });
  }

  /** Forgets a run that has ended, with its logs and kept outputs. */
  async remove(run: string): Promise<void> {
    await this.#connection.request('DELETE', pathOf(run));
  }

  outputs(run: string): Promise<readonly RunOutput[]> {
    return this.#connection.json('GET', pathOf(run, 'outputs'));
  }

  /** Every file that it left, those in its folders too; of one output alone, by its path. */
  outputFiles(
    run: string,
    { output }: { readonly output?: string } = {},
  ): Promise<readonly OutputFile[]> {
    return this.#connection.json('GET', pathOf(run, 'output-files'), { query: { in: output } });
  }

  /**
   * The bytes of a zip with an ended run's files and their metadata, a Process Run Crate. The server
   * reads all of them before it answers. Throws `run-active`, `output-invalid`, `input-missing`.
   */
  async crate(run: string, query: CrateQuery = {}): Promise<AsyncGenerator<Uint8Array>> {
    const answerMs = LIMITS.clientPatienceMs;
    const call = { query: { ...query }, answerMs };
    return chunksOf(
      await this.#connection.request('GET', pathOf(run, 'crate'), call),
      this.#connection,
    );
  }

  /** What a submission would do; starts nothing. */
  dryRun(submission: Submission): Promise<object> {
    return this.#connection.json('POST', '/runs/dry-run', { json: submission });
  }

  /** The bytes of one output, or of a file in one that is a folder, checked by its sha256. */
  readOutput(
    run: string,
    output: OutputFile,
    options?: ReadOutputOptions,
  ): AsyncGenerator<Uint8Array> {
    return readOutput(this.#connection, encodeURIComponent(run), output, options);
  }
}

/** What a crate is to hold. */
export interface CrateQuery {
  /** Copies of the inputs (default), or only where they are. */
  readonly inputs?: 'copy' | 'refer';
  /** Of the data: an SPDX id or a URL. */
  readonly license?: string;
}

const pathOf = (run: string, part?: string): string =>
  `/runs/${encodeURIComponent(run)}${part === undefined ? '' : `/${part}`}`;
