import type { Clock } from '../../base/clock.ts';
import { messageOf, RunnerError, systemCodeOf } from '../../base/errors.ts';
import type { SignedRequest } from './message.ts';
import type { OutwardPost } from './post.ts';

/** What became of one request. */
export type AttemptResult =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  /** Nothing came back; the clause says why. */
  | { readonly kind: 'failed'; readonly fault: string };

export interface AttemptOptions {
  readonly post: OutwardPost;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Fires when this program stops. */
  readonly signal: AbortSignal;
}

/** Sends a request once. Never throws for what the other side does. */
export async function attemptPost(
  url: string,
  request: SignedRequest,
  { post, clock, timeoutMs, signal }: AttemptOptions,
): Promise<AttemptResult> {
  using deadline = clock.deadline(
    timeoutMs,
    () => new RunnerError('webhook-failed', `it did not answer within ${timeoutMs / 1000} s`),
  );
  try {
    const answer = await post(url, {
      ...request,
      signal: AbortSignal.any([signal, deadline.signal]),
    });
    const retryAfterMs = waitOf(answer.retryAfter);
    return {
      kind: 'answered',
      status: answer.status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  } catch (error) {
    return { kind: 'failed', fault: faultOf(deadline.signal.reason ?? error) };
  }
}

/** Seconds only (RFC 9110, 10.2.3): a date would trust the receiver's clock. */
const waitOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) * 1000 : undefined;

/** Without the address: that may hold what is nobody's business. */
const faultOf = (error: unknown): string =>
  error instanceof RunnerError
    ? error.message
    : `the connection failed (${systemCodeOf(error) ?? messageOf(error)})`;
