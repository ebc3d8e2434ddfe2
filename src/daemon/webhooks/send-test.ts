import { randomUUID } from 'node:crypto';

import type { Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { signingSecrets, type WebhookStore } from '../../store/index.ts';
import { attemptPost } from './attempt.ts';
import type { OutwardPost } from './post.ts';

export interface TestPorts {
  readonly store: WebhookStore;
  /** URI reference of this installation. */
  readonly source: string;
  readonly clock: Clock;
  readonly post: OutwardPost;
  readonly signal: AbortSignal;
}

/**
 * Sends an endpoint a message that says nothing but that it can be sent, now and once. Returns the
 * status that it answered. Throws `webhook-failed` unless that is one of success, `webhook-not-found`.
 */
export async function sendTest(endpointId: string, ports: TestPorts): Promise<number> {
  const { store, source, clock, post, signal } = ports;
  const { url } = store.endpoint(endpointId);
  const at = clock.now();
  const { signedRequest } = await import('./message.ts');
  const request = signedRequest(
    {
      ...{ id: `test.${randomUUID()}`, source, type: 'cyto-run.webhook.test' },
      ...{ time: at.toISOString(), data: { endpointId } },
    },
    signingSecrets(store.secretsOf(endpointId), at.getTime()),
    at,
  );
  const timeoutMs = LIMITS.webhookTimeoutMs;
  const result = await attemptPost(url, request, { post, clock, timeoutMs, signal });
  if (result.kind === 'answered' && result.status >= 200 && result.status < 300)
    return result.status;
  const problem = result.kind === 'failed' ? result.fault : `it answered ${result.status}`;
  throw new RunnerError('webhook-failed', `the webhook ${endpointId} was not told: ${problem}`, {
    hint: 'Look whether the receiver is up, takes POST, and answers with a status of success.',
  });
}
