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
import { loadedName, loadImage, scratchFolder } from './load.ts';

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
  await loadImage(client, image, { name, tag: pulledName(reference), signal, report });
}

/** What an image is found by here that the engine could not pull itself: nothing can be tagged with a digest. */
export const pulledName = ({ familiar, digest }: ImageReference): string =>
  digest === undefined ? familiar : loadedName(digest);

const mayBeZstd = (error: unknown): boolean =>
  error instanceof RunnerError &&
  error.code === 'image-pull-failed' &&
  /zstd|invalid tar header|unsupported|unknown media ?type|failed to register layer/i.test(
    String(error.details['engine']),
  );

/**
 * The digests of an image that was just pulled: the engine does not tell that of the manifest behind
 * an index, nor any of an image it was given by us. Its registry is asked, and where it does not
 * answer us the record goes without.
 */
export async function pulledDigests(
  connection: Connection,
  reference: ImageReference,
  { digest }: ResolvedImage,
  signal: AbortSignal,
): Promise<Pick<ResolvedImage, 'digest' | 'manifestDigest'>> {
  const late = AbortSignal.timeout(LIMITS.enginePingMs);
  try {
    return await remoteDigests(
      await repositoryOf(reference),
      { ...reference, ...(digest === undefined ? {} : { digest }) },
      {
        platform: await asking(connection, enginePlatform),
        signal: AbortSignal.any([signal, late]),
      },
    );
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
