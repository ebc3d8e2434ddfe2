import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';

import type { Clock } from '../../base/clock.ts';
import { messageOf, RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { addressFault, checkedRequest, type ResolveName } from '../outward/index.ts';
import { partOf } from '../uploads/part-of.ts';
import { admittedUrl, refused, shownUrl, type UrlRules } from './url-rules.ts';

export interface UrlRequest {
  readonly url: string;
  /** Hex; what is fetched must have it. */
  readonly sha256?: string | undefined;
  /** Where the file is to be; it is there only when all of it is. */
  readonly path: string;
}

/** What was fetched. */
export interface FetchedUrl {
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface FetchPorts {
  readonly rules: UrlRules;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of one file. */
  readonly bytesMax: number;
  /** Hears of each piece that came; what it throws ends the fetch. */
  readonly onProgress?: (progress: {
    readonly receivedBytes: number;
    readonly totalBytes?: number;
  }) => void;
  /** How names become addresses; every answer is checked. */
  readonly resolve?: ResolveName;
}

/**
 * Fetches a URL to a file. Whatever it leads to is checked anew: each redirect against the hosts that
 * are allowed, each address at the moment of connecting. Throws `url-refused`, `url-failed`,
 * `upload-mismatch` for another hash, `disk-full`.
 */
export async function fetchUrl(request: UrlRequest, ports: FetchPorts): Promise<FetchedUrl> {
  using deadline = ports.clock.deadline(
    LIMITS.urlFetchMs,
    () => new Error(`it took more than ${LIMITS.urlFetchMs / 60_000} minutes`),
  );
  const signal = AbortSignal.any([deadline.signal, ports.signal]);
  const first = admittedUrl(request.url, ports.rules);
  try {
    const answer = await follow(first, { ...ports, signal });
    return await keep(answer, request, { ...ports, signal });
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    ports.signal.throwIfAborted();
    throw failed(first, error);
  }
}

async function follow(first: URL, ports: FetchPorts): Promise<IncomingMessage> {
  let url = first;
  for (let redirects = 0; redirects <= LIMITS.urlRedirectsMax; redirects += 1) {
    const answer = await get(url, ports);
    const { statusCode = 0, headers } = answer;
    if (statusCode >= 200 && statusCode < 300) return whole(answer, url);
    answer.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
      throw new Error(`${url.host} answers ${statusCode}`);
    url = admittedUrl(resolved(headers.location, url), ports.rules);
  }
  throw new Error(`it leads on more than ${LIMITS.urlRedirectsMax} times`);
}

const resolved = (location: string, base: URL): string =>
  URL.parse(location, base.href)?.href ?? location;

/** Part of a file, or one packed for the way, is not what was asked for. */
function whole(answer: IncomingMessage, url: URL): IncomingMessage {
  const { statusCode, headers } = answer;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (statusCode === 200 && encoding === 'identity') return answer;
  answer.destroy();
  throw new Error(
    `${url.host} answers ${statusCode === 200 ? `with content encoded as ${encoding}` : String(statusCode)}`,
  );
}

function get(
  url: URL,
  { rules, resolve: resolveName, signal }: FetchPorts,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      headers: { 'accept-encoding': 'identity', 'user-agent': 'cyto-run' },
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
    request.on('response', resolve).on('error', reject).end();
  });
}

async function keep(
  answer: IncomingMessage,
  { url, sha256, path }: UrlRequest,
  ports: FetchPorts,
): Promise<FetchedUrl> {
  const { bytesMax, signal, onProgress } = ports;
  const shown = shownUrl(URL.parse(url));
  const tooLarge = (): RunnerError =>
    refused(shown, `has more than the ${bytesMax} bytes that this server fetches`);
  const { 'content-length': length } = answer.headers;
  const size = length === undefined ? {} : { totalBytes: Number(length) };
  if (Number(length ?? 0) > bytesMax) {
    answer.destroy();
    throw tooLarge();
  }
  const part = partOf(path);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    await using file = await open(part, 'w', 0o600);
    for await (const chunk of answer.iterator({ destroyOnReturn: true })) {
      signal.throwIfAborted();
      const bytes = chunk as Buffer;
      sizeBytes += bytes.length;
      if (sizeBytes > bytesMax) throw tooLarge();
      onProgress?.({ receivedBytes: sizeBytes, ...size });
      hash.update(bytes);
      await file.writeFile(bytes);
    }
    const found = hash.digest('hex');
    if (sha256 !== undefined && sha256 !== found)
      throw new RunnerError('upload-mismatch', `${shown} has another SHA-256 than was said`, {
        hint: 'The file has changed, or the sum is of another one.',
        details: { wanted: sha256, found },
      });
    await file.sync();
    await rename(part, path);
    return { sizeBytes, sha256: found };
  } catch (error) {
    await rm(part, { force: true });
    throw isFull(error) ? diskFull(path, error) : error;
  }
}

const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(systemCodeOf(error) ?? '');

const diskFull = (path: string, cause: unknown): RunnerError =>
  new RunnerError('disk-full', `the disk that holds ${path} is full`, {
    cause,
    hint: 'Free some space, for example by removing old runs.',
  });

const failed = (url: URL, error: unknown): RunnerError =>
  new RunnerError('url-failed', `${shownUrl(url)} cannot be fetched: ${causeOf(error)}`, {
    cause: error,
    hint: 'Try again, or fetch it yourself and upload it.',
  });

/** An aborted request tells only that it was; the reason says why. */
const causeOf = (error: unknown): string =>
  messageOf(error instanceof Error && error.name === 'AbortError' ? (error.cause ?? error) : error);
