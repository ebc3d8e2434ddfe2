import type Dockerode from 'dockerode';

import { RunnerError } from '../../base/errors.ts';
import { systemClock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { PullProgress, ResolvedImage } from '../engine.ts';
import type { ImageReference } from '../images/reference.ts';
import { registryRepository } from '../images/registry/client.ts';
import {
  describeRemote,
  fetchedContent,
  fetchImage,
  remoteDigests,
} from '../images/registry/fetch.ts';
import { registryAuth } from '../images/registry/login.ts';
import { asking, type Connection } from './connection.ts';
import { readClientConfig } from './endpoint.ts';
import { enginePlatform } from './from-file.ts';
import { loadImage, scratchFolder } from './load.ts';

interface FailedPull {
  readonly error: unknown;
  readonly report: (progress: PullProgress) => void;
  readonly signal: AbortSignal;
}

/**
 * After a pull that failed: engines before 23 cannot unpack zstd layers, and say so only as a broken
 * archive. Where that is the cause the layers are fetched by us and loaded unpacked, under the same
 * name; any other failure is thrown as it was.
 */
export async function pullLayersOurselves(
  client: Dockerode,
  reference: ImageReference,
  { error, report, signal }: FailedPull,
): Promise<void> {
  signal.throwIfAborted();
  if (!mayBeZstd(error)) throw error;
  const repository = await repositoryOf(reference);
  const platform = await enginePlatform(client);
  const remote = await describeRemote(repository, reference, { platform, signal }).catch(() => {
    // The engine's own words are the better ones: it may reach what we cannot.
    throw error;
  });
  if (!remote.content.layers.some(({ compression }) => compression === 'zstd')) throw error;
  await using folder = await scratchFolder();
  const { path } = folder;
  await fetchImage(repository, remote, {
    reference,
    folder: path,
    clock: systemClock,
    signal,
    onProgress: report,
  });
  await using image = fetchedContent(path, remote);
  const { familiar: name } = reference;
  await loadImage(client, image, { name, tag: name, signal, report });
}

const mayBeZstd = (error: unknown): boolean =>
  error instanceof RunnerError &&
  error.code === 'image-pull-failed' &&
  /zstd|invalid tar header|unsupported|unknown media ?type|failed to register layer/i.test(
    String(error.details['engine']),
  );

/**
 * The digest of the manifest behind an index that was just pulled. The engine does not tell it; its
 * registry is asked, and where it does not answer us the record goes without.
 */
export async function platformManifest(
  connection: Connection,
  reference: ImageReference,
  { digest }: ResolvedImage,
  signal: AbortSignal,
): Promise<Pick<ResolvedImage, 'manifestDigest'>> {
  if (digest === undefined) return {};
  const late = AbortSignal.timeout(LIMITS.enginePingMs);
  try {
    const platform = await asking(connection, enginePlatform);
    const { manifestDigest } = await remoteDigests(
      await repositoryOf(reference),
      { ...reference, digest },
      { platform, signal: AbortSignal.any([signal, late]) },
    );
    return { manifestDigest };
  } catch {
    signal.throwIfAborted();
    return {};
  }
}

const repositoryOf = async (
  reference: ImageReference,
): Promise<ReturnType<typeof registryRepository>> =>
  registryRepository(
    reference,
    await registryAuth(reference.registry, readClientConfig(process.env)),
  );
