import { createWriteStream } from 'node:fs';
import { request } from 'node:http';
import { pipeline } from 'node:stream/promises';

import type Dockerode from 'dockerode';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ResolvedImage } from '../engine.ts';
import type { LocalImages, Saving } from '../images/local-images.ts';
import { asking, connectionTo, type Connection } from './connection.ts';
import type { DockerEndpoint } from './endpoint.ts';
import { engineUnavailable } from './failures.ts';
import { inspectImage, resolvedImage } from './inspect.ts';
import { parseReference } from '../images/reference.ts';

/** The images of a Docker engine, or of Podman's socket, as other engines take them. */
export function localImages(endpoint: DockerEndpoint = {}): LocalImages {
  const connection = connectionTo(endpoint);
  return {
    find: async (name, signal) => {
      const found = await inspectQuickly(connection, name, signal);
      return found === undefined ? undefined : resolved(name, found);
    },
    save: (id, file, saving) => asking(connection, (client) => save(client, id, file, saving)),
  };
}

function resolved(name: string, found: Dockerode.ImageInspectInfo): ResolvedImage {
  return name.startsWith('sha256:')
    ? resolvedImage(name, found, false)
    : resolvedImage(name, found, false, parseReference(name));
}

/** Asked before every run of such an engine: without the client, whose loading takes longer than the run. */
async function inspectQuickly(
  connection: Connection,
  name: string,
  signal: AbortSignal,
): Promise<Dockerode.ImageInspectInfo | undefined> {
  const address = await connection.address();
  if (!address.startsWith('/')) return inspectImage(connection, name);
  const answer = await ask(address, `/images/${name}/json`, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw engineUnavailable(error, address);
  });
  return answer.status === 200
    ? (JSON.parse(answer.body) as Dockerode.ImageInspectInfo)
    : undefined;
}

function ask(
  socketPath: string,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, signal }, (answer) => {
      let body = '';
      answer.on('data', (bytes: Buffer) => (body += bytes.toString()));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, body });
      });
    });
    asked.setTimeout(LIMITS.enginePingMs, () => asked.destroy(new Error('it does not answer')));
    asked.on('error', reject);
    asked.end();
  });
}

async function save(
  client: Dockerode,
  id: string,
  file: string,
  { signal, onBytes }: Saving,
): Promise<void> {
  const stream = await client.getImage(id).get();
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    onBytes(bytes);
  });
  try {
    await pipeline(stream, createWriteStream(file), { signal });
  } catch (cause) {
    signal.throwIfAborted();
    if (systemCodeOf(cause) !== 'ENOSPC') throw cause;
    throw new RunnerError('disk-full', `no room left to save the image in ${file}`, {
      cause,
      hint: 'Make room there ("cyto-run images prune"), or choose another data folder.',
    });
  }
}
