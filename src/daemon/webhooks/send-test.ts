import { randomUUID } from 'node:crypto';

import type { Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { attemptPost } from './attempt.ts';
import type { OutwardPost } from './post.ts';

/** Where a message that only tests goes, and what signs it. */
export interface TestTarget {
  /** As people know it; stands in the message. */
  readonly name: string;
  readonly url: string;
  readonly secrets: readonly string[];
}

export interface TestPorts {
  /** URI reference of this installation. */
  readonly source: string;
  readonly clock: Clock;
  readonly post: OutwardPost;
  readonly signal: AbortSignal;
}

/**
 * Sends a message that says nothing but that it can be sent, now and once. Returns the status that
 * was answered. Throws `webhook-failed` unless that is one of success.
 */
export async function sendTest(
  { name, url, secrets }: TestTarget,
  { source, clock, post, signal }: TestPorts,
): Promise<number> {
  const at = clock.now();
  const { signedRequest } = await import('./message.ts');
  const request = signedRequest(
    {
      ...{ id: `test.${randomUUID()}`, source, type: 'cyto-run.webhook.test' },
      ...{ time: at.toISOString(), data: { endpointId: name } },
    },
    [...secrets],
    at,
  );
  const timeoutMs = LIMITS.webhookTimeoutMs;
  const result = await attemptPost(url, request, { post, clock, timeoutMs, signal });
  if (result.kind === 'answered' && result.status >= 200 && result.status < 300)
    return result.status;
  const problem = result.kind === 'failed' ? result.fault : `it answered ${result.status}`;
  throw new RunnerError('webhook-failed', `the webhook ${name} was not told: ${problem}`, {
    hint: 'Look whether the receiver is up, takes POST, and answers with a status of success.',
  });
}
