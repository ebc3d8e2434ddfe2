import type { IncomingMessage } from 'node:http';

import type { Clock } from '../../base/clock.ts';
import { messageOf, RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ResolveName } from '../outward/index.ts';
import { BrokenOff, follow } from './follow-url.ts';
import { PartFile } from './part-file.ts';
import { strongValidator, totalOfRest, type Begun } from './resumption.ts';
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
 * are allowed, each address at the moment of connecting. An answer that breaks off is gone on with where
 * its server can tell that the file is still the same. Throws `url-refused`, `url-failed`,
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
    await using part = await PartFile.begin(request.path);
    await receive(first, part, { ...ports, signal });
    const sha256 = part.sha256();
    assertWanted(first, request.sha256, sha256);
    await part.keep();
    return { sizeBytes: part.sizeBytes, sha256 };
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    ports.signal.throwIfAborted();
    throw failed(first, error instanceof BrokenOff ? error.cause : error);
  }
}

/** What is known of the file of which a part is here. */
type FileFacts = Pick<Begun, 'totalBytes'> & Partial<Pick<Begun, 'validator'>>;

/** All of the file, by as many answers as it takes: the rest of it, or all of it anew when it has changed. */
async function receive(first: URL, part: PartFile, ports: FetchPorts): Promise<void> {
  let file: FileFacts | undefined;
  let beginnings = 0;
  let failures = 0;
  for (;;) {
    const before = part.sizeBytes;
    try {
      const begun = begunOf(file, part);
      const answer = await follow(first, begun, ports);
      const totalBytes = begun && totalOfRest(answer, begun);
      if (totalBytes !== undefined) file = { ...file, totalBytes };
      else {
        file = undefined;
        await part.empty();
        // A part of something else, or none at all: asked for whole.
        if (answer.statusCode !== 200) {
          answer.destroy();
          continue;
        }
        if (beginnings === LIMITS.urlBeginningsMax) {
          answer.destroy();
          throw new Error(`it breaks off, and cannot be gone on with: begun ${beginnings} times`);
        }
        file = factsOf(answer);
        beginnings += 1;
      }
      await write(answer, { first, part, file }, ports);
      if (file.totalBytes === undefined || part.sizeBytes === file.totalBytes) return;
      throw new BrokenOff(new Error('it ended early'));
    } catch (error) {
      failures = part.sizeBytes > before ? 0 : failures + 1;
      const mayGoOn = error instanceof BrokenOff && file?.validator !== undefined;
      if (!mayGoOn || failures >= LIMITS.urlResumesMax || ports.signal.aborted) throw error;
    }
    await ports.clock.sleep(LIMITS.urlResumePauseMs * 2 ** failures, ports.signal);
  }
}

function begunOf(file: FileFacts | undefined, { sizeBytes }: PartFile): Begun | undefined {
  if (file?.validator === undefined || sizeBytes === 0) return undefined;
  return { ...file, validator: file.validator, receivedBytes: sizeBytes };
}

function factsOf({ headers }: IncomingMessage): FileFacts {
  const validator = strongValidator(headers);
  const length = headers['content-length'];
  return {
    ...(length === undefined ? {} : { totalBytes: Number(length) }),
    ...(validator === undefined ? {} : { validator }),
  };
}

interface Writing {
  readonly first: URL;
  readonly part: PartFile;
  readonly file: FileFacts;
}

async function write(
  answer: IncomingMessage,
  { first, part, file: { totalBytes } }: Writing,
  { bytesMax, signal, onProgress }: FetchPorts,
): Promise<void> {
  const assertSmall = (bytes: number): void => {
    if (bytes <= bytesMax) return;
    answer.destroy();
    throw refused(shownUrl(first), `has more than the ${bytesMax} bytes that this server fetches`);
  };
  assertSmall(totalBytes ?? 0);
  const size = totalBytes === undefined ? {} : { totalBytes };
  for await (const bytes of piecesOf(answer)) {
    signal.throwIfAborted();
    assertSmall(part.sizeBytes + bytes.length);
    onProgress?.({ receivedBytes: part.sizeBytes + bytes.length, ...size });
    await part.write(bytes);
  }
}

/** Throws `BrokenOff`, and nothing else: what its reader throws ends the answer and stays what it is. */
async function* piecesOf(answer: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const piece of answer.iterator({ destroyOnReturn: true })) yield piece as Buffer;
  } catch (error) {
    throw new BrokenOff(error);
  }
}

function assertWanted(url: URL, wanted: string | undefined, found: string): void {
  if (wanted === undefined || wanted === found) return;
  throw new RunnerError('upload-mismatch', `${shownUrl(url)} has another SHA-256 than was said`, {
    hint: 'The file has changed, or the sum is of another one.',
    details: { wanted, found },
  });
}

const failed = (url: URL, error: unknown): RunnerError =>
  new RunnerError('url-failed', `${shownUrl(url)} cannot be fetched: ${causeOf(error)}`, {
    cause: error,
    hint: 'Try again, or fetch it yourself and upload it.',
  });

/** An aborted request tells only that it was; the reason says why. */
const causeOf = (error: unknown): string =>
  messageOf(error instanceof Error && error.name === 'AbortError' ? (error.cause ?? error) : error);
