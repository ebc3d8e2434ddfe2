import { systemClock, type Clock } from '../base/clock.ts';
import { messageOf, RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { errorOf } from './problem.ts';

export interface ConnectionOptions {
  /** Where the server listens: `http://127.0.0.1:8350`. */
  readonly url: string;
  /** Sent as bearer token. */
  readonly token?: string;
  /** In place of the global one, for example with a proxy or a certificate of one's own. */
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** Hears when the server is away and is tried again after `waitMs`. */
  readonly onLost?: (why: RunnerError, waitMs: number) => void;
}

export interface Call {
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, in place of JSON. */
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
  /** How long the answer may begin after the request, where that is longer than usual. */
  readonly answerMs?: number;
}

type QueryValue = string | number | boolean | readonly string[] | undefined;

/** The API's root below the address of a server. */
const API_ROOT = '/runner/v1';

/** Statuses after which the same may go well: too many requests, a proxy without its server, a server that stops. */
const PASSING_STATUS: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * One server, over `fetch`. Every call here may be repeated, and is when the server is away: reading and
 * steering change nothing the second time, and what makes something carries a key of its own.
 */
export class Connection {
  readonly url: string;
  readonly clock: Clock;
  readonly #options: ConnectionOptions;

  /** Throws `usage` for what is no address of a server. */
  constructor(options: ConnectionOptions) {
    this.url = addressOf(options.url);
    this.clock = options.clock ?? systemClock;
    this.#options = options;
  }

  /** The answer as JSON. Throws what the server tells, `server-unreachable`. */
  json<Answer>(method: string, path: string, call: Call = {}): Promise<Answer> {
    return this.#repeated(call.signal, async () => {
      const response = await this.once(method, path, call);
      const text = await response.text().catch((error: unknown) => {
        throw unreachable(this.url, error);
      });
      return JSON.parse(text) as Answer;
    });
  }

  /** An answer that went well, its body not read yet. */
  request(method: string, path: string, call: Call = {}): Promise<Response> {
    return this.#repeated(call.signal, () => this.once(method, path, call));
  }

  /** The same, tried once. Throws `Passing` where a further attempt may go well. */
  async once(method: string, path: string, call: Call = {}): Promise<Response> {
    const { token, fetch: send = fetch } = this.#options;
    const { query, headers, json, body, signal } = call;
    const url = `${this.url}${API_ROOT}${path}${queryText(query)}`;
    using deadline = this.clock.deadline(
      call.answerMs ?? LIMITS.clientSilenceMs,
      () => new TypeError('it does not answer'),
    );
    const signals = [deadline.signal, ...(signal === undefined ? [] : [signal])];
    const response = await send(url, {
      method,
      headers: {
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      signal: AbortSignal.any(signals),
    }).catch((error: unknown) => {
      if (signal?.aborted === true) throw error;
      throw unreachable(this.url, error);
    });
    if (response.ok) return response;
    const error = await errorOf(response, this.url);
    throw PASSING_STATUS.has(response.status) ? new Passing(error, retryAfterMs(response)) : error;
  }

  /** Tries again a few times when the server is away. */
  async #repeated<Result>(
    signal: AbortSignal | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await work();
      } catch (error) {
        if (attempt >= LIMITS.clientAttemptsMax || !isPassing(error)) throw error;
        await this.pause(error, attempt, signal);
      }
  }

  /** Waits before another attempt, longer each time; at once when `signal` fires. */
  async pause(error: Passing, attempt: number, signal?: AbortSignal): Promise<void> {
    const growing = Math.min(
      LIMITS.clientRetryMsMax,
      LIMITS.clientRetryMs * 2 ** Math.min(attempt - 1, 10),
    );
    // Readers that lost one server together do not come back all at once.
    const waitMs = Math.max(error.afterMs, Math.round(growing * (0.5 + Math.random() / 2)));
    this.#options.onLost?.(error, waitMs);
    await this.clock.sleep(waitMs, signal);
  }
}

/** The server is away, or is too busy: the same may go well later. */
export class Passing extends RunnerError {
  /** Not before; as the server asks. */
  readonly afterMs: number;

  constructor({ code, message, hint, details, cause }: RunnerError, afterMs = 0) {
    super(code, message, { ...(hint === undefined ? {} : { hint }), details, cause });
    this.afterMs = afterMs;
  }
}

export const isPassing = (error: unknown): error is Passing => error instanceof Passing;

/** Wraps what breaks a connection. */
export function unreachable(url: string, cause: unknown): Passing {
  const why = messageOf(cause instanceof Error ? (cause.cause ?? cause) : cause);
  return new Passing(
    new RunnerError('server-unreachable', `the server at ${url} cannot be reached: ${why}`, {
      hint: 'Is it running (`cyto-run serve`), and is the address right?',
      cause,
    }),
  );
}

function addressOf(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new RunnerError('usage', `${JSON.stringify(given)} is not the address of a server`, {
      hint: 'Write http://HOST:PORT or https://HOST.',
    });
  if (url.username !== '' || url.password !== '')
    throw new RunnerError('usage', 'the address of a server holds no name and no password', {
      hint: 'Give a token instead.',
    });
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/runner\/v1$/, '');
}

function queryText(query: Call['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

/** Seconds, as our server says it; the date that HTTP allows as well is taken for nothing. */
function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds)
    ? Math.min(Math.max(0, seconds) * 1_000, LIMITS.clientRetryMsMax)
    : 0;
}
