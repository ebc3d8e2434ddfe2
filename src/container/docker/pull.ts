import type Dockerode from 'dockerode';

import { RunnerError } from '../../base/errors.ts';
import type { PullProgress } from '../engine.ts';
import type { ImageReference } from '../images/reference.ts';
import { registryAuth } from '../images/registry/login.ts';
import { readClientConfig } from './endpoint.ts';
import { engineMessage, statusOf } from './failures.ts';
import { jsonLines } from './json-lines.ts';

/** One line of the engine's pull progress. */
interface PullLine {
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

/**
 * Pulls an image. Throws `image-not-found` when its registry does not have it (or does not show it
 * to us), `image-pull-failed` otherwise, and the signal's reason when that fires.
 */
export async function pullImage(
  client: Dockerode,
  reference: ImageReference,
  report: (progress: PullProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const name = reference.familiar.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  const auth = await registryAuth(reference.registry, readClientConfig(process.env));
  const layers = new PullLayers();
  try {
    const stream = await client.createImage({
      fromImage: name,
      tag: reference.digest ?? reference.tag ?? 'latest',
      abortSignal: signal,
      ...(auth === undefined ? {} : { authconfig: auth }),
    });
    for await (const line of jsonLines(stream as AsyncIterable<Uint8Array>)) {
      const { error } = line as PullLine;
      if (error !== undefined) throw pullFailure(error, reference, undefined);
      report(layers.after(line as PullLine));
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RunnerError) throw error;
    if (statusOf(error) === undefined) throw error;
    throw pullFailure(engineMessage(error), reference, error);
  }
}

/** Adds up the layers' bytes, as each says how far it is. */
export class PullLayers {
  readonly #layers = new Map<string, { received: number; total: number | undefined }>();

  /** Where the whole pull stands after one more line. */
  after(line: PullLine): PullProgress {
    const { id, status = '', progressDetail } = line;
    if (id !== undefined) this.#note(id, status, progressDetail);
    let receivedBytes = 0;
    let totalBytes: number | undefined = 0;
    for (const { received, total } of this.#layers.values()) {
      receivedBytes += received;
      totalBytes = total === undefined || totalBytes === undefined ? undefined : totalBytes + total;
    }
    return {
      receivedBytes,
      ...(totalBytes === undefined || totalBytes === 0 ? {} : { totalBytes }),
      status: id === undefined ? status : `${id}: ${status}`,
    };
  }

  #note(id: string, status: string, detail: PullLine['progressDetail']): void {
    const layer = this.#layers.get(id);
    switch (status) {
      case 'Pulling fs layer':
      case 'Waiting':
        if (layer === undefined) this.#layers.set(id, { received: 0, total: undefined });
        return;
      case 'Downloading':
        if (detail?.current !== undefined)
          this.#layers.set(id, { received: detail.current, total: detail.total ?? layer?.total });
        return;
      case 'Download complete':
      case 'Pull complete':
        // A small layer never says "Downloading", so its size stays unknown and counts as nothing.
        this.#layers.set(id, { received: layer?.total ?? 0, total: layer?.total ?? 0 });
        return;
      case 'Already exists':
        this.#layers.set(id, { received: 0, total: 0 });
        return;
      default:
        // Extracting and verifying move no bytes over the network.
        return;
    }
  }
}

/** What a registry or engine says when it has no such image, or does not say that it has. */
const NOT_THERE =
  /manifest (for .* )?(not found|unknown)|not found: manifest|repository .* not found|name unknown|does not exist|: not found$/i;

export function pullFailure(said: string, reference: ImageReference, cause: unknown): RunnerError {
  const details = { reference: reference.familiar, registry: reference.registry, engine: said };
  const options = { details, ...(cause === undefined ? {} : { cause }) };
  if (/no space left on device/i.test(said))
    return new RunnerError('disk-full', `the engine's disk is full: ${said}`, {
      ...options,
      hint: 'Make room where the engine keeps its images, for example with "docker image prune".',
    });
  if (/toomanyrequests|rate limit/i.test(said))
    return new RunnerError(
      'image-pull-failed',
      `${reference.registry} refuses more pulls for now: ${said}`,
      {
        ...options,
        hint: `Run "docker login", wait, or pull the image where it is allowed and load it here.`,
      },
    );
  if (/no matching manifest|does not match the specified platform/i.test(said))
    return new RunnerError(
      'image-not-found',
      `${reference.familiar} is not made for this machine: ${said}`,
      {
        ...options,
        hint: 'Ask its author for an image of this platform, or build it here (--build).',
      },
    );
  if (NOT_THERE.test(said))
    return new RunnerError(
      'image-not-found',
      `${reference.registry} has no image ${reference.familiar}`,
      {
        ...options,
        hint: `Check the name and tag. A private image needs "docker login ${reference.registry}" first.`,
      },
    );
  if (/unauthorized|denied|authentication required|forbidden|no basic auth credentials/i.test(said))
    return new RunnerError(
      'image-pull-failed',
      `${reference.registry} does not let us pull ${reference.familiar}: ${said}`,
      {
        ...options,
        hint: `Run "docker login ${reference.registry}".`,
      },
    );
  return new RunnerError(
    'image-pull-failed',
    `${reference.familiar} could not be pulled: ${said}`,
    {
      ...options,
      hint: 'Is the registry reachable from the engine? An image that is here already is used with --pull never.',
    },
  );
}
