import type { IncomingMessage } from 'node:http';

import { messageOf, RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { addressFault, checkedRequest, type ResolveName } from '../outward/index.ts';
import { headersForRest, type Begun } from './resumption.ts';
import { admittedUrl, refused, shownUrl, type UrlRules } from './url-rules.ts';

/** The connection or the server failed, which may pass; `cause` says how. */
export class BrokenOff extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

interface FollowPorts {
  readonly rules: UrlRules;
  readonly signal: AbortSignal;
  readonly resolve?: ResolveName;
}

/**
 * The answer that a URL leads to: 200; for the rest of a file that is begun also 206, or 416 where there is
 * none. Throws `url-refused`, `BrokenOff`, and an `Error` that says in a clause what else came.
 */
export async function follow(
  first: URL,
  begun: Begun | undefined,
  ports: FollowPorts,
): Promise<IncomingMessage> {
  let url = first;
  for (let redirects = 0; redirects <= LIMITS.urlRedirectsMax; redirects += 1) {
    const answer = await get(url, begun, ports);
    const { statusCode = 0, headers } = answer;
    const isWanted = begun !== undefined && [206, 416].includes(statusCode);
    if (isWanted || (statusCode >= 200 && statusCode < 300)) return plain(answer, url, isWanted);
    answer.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
      throw unwanted(statusCode, url);
    url = admittedUrl(resolved(headers.location, url), ports.rules);
  }
  throw new Error(`it leads on more than ${LIMITS.urlRedirectsMax} times`);
}

const resolved = (location: string, base: URL): string =>
  URL.parse(location, base.href)?.href ?? location;

/** What may be another answer in a moment: it comes too soon, too often, or to a server that is not well. */
function unwanted(statusCode: number, { host }: URL): Error {
  const error = new Error(`${host} answers ${statusCode}`);
  return statusCode >= 500 || [408, 425, 429].includes(statusCode) ? new BrokenOff(error) : error;
}

/** A part of a file that nobody asked for, or one packed for the way, is not what was asked for. */
function plain(answer: IncomingMessage, url: URL, isPartWanted: boolean): IncomingMessage {
  const { statusCode, headers } = answer;
  // That there is no such part may be said in whatever way.
  const encoding = statusCode === 416 ? 'identity' : (headers['content-encoding'] ?? 'identity');
  if ((statusCode === 200 || isPartWanted) && encoding === 'identity') return answer;
  answer.destroy();
  throw new Error(
    `${url.host} answers ${encoding === 'identity' ? String(statusCode) : `with content encoded as ${encoding}`}`,
  );
}

function get(
  url: URL,
  begun: Begun | undefined,
  { rules, resolve: resolveName, signal }: FollowPorts,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'cyto-run',
        ...(begun === undefined ? {} : headersForRest(begun)),
      },
      signal,
      maxHeaderSize: LIMITS.urlHeaderBytesMax,
    };
    const request = checkedRequest(url, options, {
      rule: (address) => addressFault(address, rules.networks),
      refuse: (fault) => refused(shownUrl(url), `is not fetched: ${fault}`),
      resolve: resolveName,
    });
    request.setTimeout(LIMITS.urlSilenceMs, () => {
      request.destroy(new Error(`it says nothing for ${LIMITS.urlSilenceMs / 1000} s`));
    });
    const fail = (error: unknown): void => {
      reject(error instanceof RunnerError ? error : new BrokenOff(error));
    };
    request.on('response', resolve).on('error', fail).end();
  });
}
