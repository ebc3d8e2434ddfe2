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
 * After a pull that failed for what the engine cannot do and we can: the layers are fetched by us and
 * loaded under the same name; any other failure is thrown as it was. Engines before 23 cannot unpack
 * zstd, and say so only as a broken archive; Podman speaks no plain HTTP, not even to loopback,
 * where Docker does.
 */
export async function pullLayersOurselves(
  client: Dockerode,
  reference: ImageReference,
  { error, report, signal }: FailedPull,
): Promise<void> {
  signal.throwIfAborted();
  const said = engineWords(error);
  const plainHttp = isLoopback(reference.registry) && said.includes(PLAIN_HTTP);
  if (!plainHttp && !MAY_BE_ZSTD.test(said)) throw error;
  const repository = await repositoryOf(reference);
  const platform = await enginePlatform(client);
  const remote = await describeRemote(repository, reference, { platform, signal }).catch(
    (ours: unknown) => {
      // The engine's own words are the better ones where it may reach what we cannot.
      throw plainHttp ? ours : error;
    },
  );
  const zstd = remote.content.layers.some(({ compression }) => compression === 'zstd');
  if (!plainHttp && !zstd) throw error;
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

const PLAIN_HTTP = 'server gave HTTP response to HTTPS client';
const MAY_BE_ZSTD =
  /zstd|invalid tar header|unsupported|unknown media ?type|failed to register layer/i;

const isLoopback = (registry: string): boolean =>
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(registry);

/** What the engine said when a pull failed; nothing when it failed for another reason. */
function engineWords(error: unknown): string {
  if (!(error instanceof RunnerError) || error.code !== 'image-pull-failed') return '';
  const { engine } = error.details;
  return typeof engine === 'string' ? engine : '';
}

/** What an image is found by here that the engine could not pull itself: nothing can be tagged with a digest. */
export const pulledName = ({ familiar, digest }: ImageReference): string =>
  digest === undefined ? familiar : loadedName(digest);

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
  const asked = AbortSignal.any([signal, late]);
  try {
    const repository = await repositoryOf(reference);
    const platform = await asking(connection, enginePlatform);
    const ask = (which: ImageReference): ReturnType<typeof remoteDigests> =>
      remoteDigests(repository, which, { platform, signal: asked });
    if (digest === undefined) return await ask(reference);
    // Podman makes up a digest for what it was given, which no registry knows.
    return await ask({ ...reference, digest }).catch(() => ask(reference));
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
