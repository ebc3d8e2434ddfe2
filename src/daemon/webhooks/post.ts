import { lookup as resolveName } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';

/** Why no connection may be made to an address, as a clause; undefined: it may. */
export type AddressRule = (address: string) => string | undefined;

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

/** Posts to addresses that a rule allows. The rule is asked for the very address of the connection. */
export function outwardPost(rule: AddressRule, resolve = resolveName): OutwardPost {
  return (text, { headers, body, signal }) => {
    const url = new URL(text);
    const isTls = url.protocol === 'https:';
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    // An address is not looked up, so the check of look-ups would not see it.
    const fault = isIP(literal) === 0 ? undefined : rule(literal);
    if (fault !== undefined) return Promise.reject(forbidden(fault));
    return new Promise((accept, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        headers: {
          ...headers,
          'content-length': Buffer.byteLength(body),
          'user-agent': 'cyto-run',
        },
        // One of its own: a connection kept open would be one that was checked long ago.
        agent: isTls ? new HttpsAgent() : new HttpAgent(),
        lookup: checkedLookup(rule, resolve),
        signal,
        maxHeaderSize: LIMITS.webhookAnswerHeaderBytesMax,
      });
      request.on('error', reject);
      request.on('response', (answer) => {
        answer.destroy();
        accept({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] });
      });
      request.end(body);
    });
  };
}

function checkedLookup(rule: AddressRule, resolve: typeof resolveName): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = error === null ? addresses : [];
      if (first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), '', 4);
        return;
      }
      // One address that may not be asked is enough: whoever answers so means no good.
      const fault = addresses.map(({ address }) => rule(address)).find((one) => one !== undefined);
      if (fault !== undefined) callback(forbidden(fault), '', 4);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

const forbidden = (fault: string): RunnerError =>
  new RunnerError('webhook-failed', `its address may not be asked: ${fault}`, {
    hint: 'Allow the network of the receiver in the configuration, or give it a public address.',
  });
