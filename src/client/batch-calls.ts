import type { Connection } from './connection.ts';
import { followStream, type FollowOptions, type StreamMessage } from './follow.ts';
import type {
  Batch,
  BatchFilter,
  BatchItem,
  BatchNews,
  BatchPage,
  BatchRetry,
  BatchSubmission,
} from './batch-types.ts';
import { newKey } from './key.ts';
import type { RunState } from './types.ts';

/** The batches of a server. Throws as `RunCalls` does. */
export class BatchCalls {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Queues a run for each item, all of them or none. Sent twice it is made once, as `RunCalls.submit`. */
  submit(
    submission: BatchSubmission,
    { idempotencyKey = newKey() }: { readonly idempotencyKey?: string } = {},
  ): Promise<Batch> {
    return this.#connection.json('POST', '/batches', {
      json: submission,
      headers: { 'idempotency-key': idempotencyKey },
    });
  }

  /** One page, newest first. */
  page(filter: BatchFilter = {}): Promise<BatchPage> {
    return this.#connection.json('GET', '/batches', { query: { ...filter } });
  }

  /** How it stands. */
  show(batchId: string): Promise<Batch> {
    return this.#connection.json('GET', pathOf(batchId));
  }

  /** Its items, in their order, page by page as they are asked for. */
  async *items(
    batchId: string,
    { state }: { readonly state?: RunState } = {},
  ): AsyncGenerator<BatchItem> {
    let cursor: number | undefined;
    do {
      const page: { readonly items: readonly BatchItem[]; readonly nextCursor?: number } =
        await this.#connection.json('GET', pathOf(batchId, 'items'), {
          query: { state, cursor, limit: ITEMS_IN_A_PAGE },
        });
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /** Each item as it comes to a state, with what it left at its end, until all have ended. */
  follow(batchId: string, options?: FollowOptions): AsyncGenerator<BatchNews> {
    return followStream(
      this.#connection,
      { path: pathOf(batchId, 'stream'), newsOf, isEnd: ({ kind }) => kind === 'summary' },
      options,
    );
  }

  /** Ends all items that have not ended; or at once. Harmless when all have. */
  cancel(batchId: string, { now = false }: { readonly now?: boolean } = {}): Promise<Batch> {
    return this.#connection.json('POST', pathOf(batchId, 'cancel'), { json: { now } });
  }

  /** Runs again what failed or was canceled, and nothing else. Sent twice it is done once. */
  retry(
    batchId: string,
    changes: BatchRetry = {},
    { idempotencyKey = newKey() }: { readonly idempotencyKey?: string } = {},
  ): Promise<Batch> {
    return this.#connection.json('POST', pathOf(batchId, 'retry'), {
      json: changes,
      headers: { 'idempotency-key': idempotencyKey },
    });
  }
}

/** As many as a server gives at once. */
const ITEMS_IN_A_PAGE = 1_000;

function newsOf({ kind, id, data }: StreamMessage): BatchNews | undefined {
  if (kind === 'item')
    return { kind, id, item: JSON.parse(data) as Extract<BatchNews, { kind: 'item' }>['item'] };
  if (kind !== 'summary') return undefined;
  return { kind, id, summary: JSON.parse(data) as Batch['summary'] };
}

const pathOf = (batchId: string, part?: string): string =>
  `/batches/${encodeURIComponent(batchId)}${part === undefined ? '' : `/${part}`}`;
