import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { checkedRequest, type AddressRule, type ResolveName } from '../outward/index.ts';

export interface PostRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/**
 * Posts to another machine and returns how it answered; the answer's body is thrown away, redirects
 * are not followed. Rejects when nothing came back, or the address may not be asked.
 */
export type OutwardPost = (url: string, request: PostRequest) => Promise<PostAnswer>;

/** Posts to addresses that a rule allows. */
export function outwardPost(rule: AddressRule, resolve?: ResolveName): OutwardPost {
  return (text, { headers, body, signal }) =>
    new Promise((accept, reject) => {
      const options = {
        method: 'POST',
        headers: {
          ...headers,
          'content-length': Buffer.byteLength(body),
          'user-agent': 'cyto-run',
        },
        signal,
        maxHeaderSize: LIMITS.webhookAnswerHeaderBytesMax,
      };
      const request = checkedRequest(new URL(text), options, { rule, refuse: forbidden, resolve });
      request.on('error', reject);
      request.on('response', (answer) => {
        answer.destroy();
        accept({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] });
      });
      request.end(body);
    });
}

const forbidden = (fault: string): RunnerError =>
  new RunnerError('webhook-failed', `its address may not be asked: ${fault}`, {
    hint: 'Allow the network of the receiver in the configuration, or give it a public address.',
  });
