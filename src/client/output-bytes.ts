import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { chunksOf } from './chunks.ts';
import { isPassing, type Connection } from './connection.ts';
import type { OutputFile } from './types.ts';

/** SHA-256 in pieces. */
export interface Hash {
  update(bytes: Uint8Array): unknown;
  /** Hex. */
  digest(): string;
}

export interface ReadOutputOptions {
  /** What of the file is here already, from its beginning: it is checked too, and not fetched again. */
  readonly already?: AsyncIterable<Uint8Array>;
  /** Faster than the one in JavaScript, where there is one: `node:crypto` has. */
  readonly hash?: () => Hash;
  readonly signal?: AbortSignal;
}

/**
 * The bytes of an output, behind those that are here already. A connection that breaks is made again
 * where it broke. Throws `transfer-damaged` behind the last byte when they are not what the run left.
 */
export async function* readOutput(
  connection: Connection,
  runId: string,
  output: OutputFile,
  { already, hash: newHash = pureHash, signal }: ReadOutputOptions = {},
): AsyncGenerator<Uint8Array> {
  const hash = newHash();
  let offset = 0;
  if (already !== undefined)
    for await (const bytes of already) {
      hash.update(bytes);
      offset += bytes.length;
    }
  let attempt = 1;
  while (offset < output.sizeBytes)
    try {
      for await (const bytes of bytesFrom(connection, runId, output, { offset, signal })) {
        hash.update(bytes);
        offset += bytes.length;
        attempt = 1;
        yield bytes;
      }
      break;
    } catch (error) {
      if (!isPassing(error) || attempt >= LIMITS.clientAttemptsMax) throw error;
      await connection.pause(error, attempt, signal);
      attempt += 1;
    }
  if (offset === output.sizeBytes && hash.digest() === output.sha256) return;
  throw new RunnerError(
    'transfer-damaged',
    `output ${JSON.stringify(output.path)} of run ${runId} is not what its record says`,
    {
      hint: 'It was changed on the server, or what was here of it is of another file: fetch it again.',
      details: { path: output.path, sha256: output.sha256, receivedBytes: offset },
    },
  );
}

async function* bytesFrom(
  connection: Connection,
  runId: string,
  { path, sha256: wanted }: Pick<OutputFile, 'path' | 'sha256'>,
  { offset, signal }: { readonly offset: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  const place = path.split('/').map(encodeURIComponent).join('/');
  const response = await connection.once('GET', `/runs/${runId}/outputs/${place}`, {
    headers: offset === 0 ? {} : { range: `bytes=${offset}-`, 'if-range': `"${wanted}"` },
    ...(signal === undefined ? {} : { signal }),
  });
  // A server may answer with the whole file whatever part is asked for.
  let skip = response.status === 206 ? 0 : offset;
  for await (const bytes of chunksOf(response, connection, signal)) {
    const rest = bytes.subarray(Math.min(skip, bytes.length));
    skip = Math.max(0, skip - bytes.length);
    if (rest.length > 0) yield rest;
  }
}

function pureHash(): Hash {
  const hash = sha256.create();
  return { update: (bytes) => hash.update(bytes), digest: () => bytesToHex(hash.digest()) };
}
