import type Dockerode from 'dockerode';

import type { ImageRequest, PullProgress, ResolvedImage } from '../engine.ts';
import { openArchive } from '../images/archive.ts';
import { hashFile } from '../images/file-hash.ts';
import type { Platform } from '../images/manifest.ts';
import type { SingleFlight } from '../images/single-flight.ts';
import { sifContent } from '../images/sif-content.ts';
import { readSif } from '../images/sif.ts';
import type { ArchiveSource } from '../images/source.ts';
import { asking, type Connection } from './connection.ts';
import { inspectImage, notHere, resolvedImage } from './inspect.ts';
import { loadedName, loadImage, scratchFolder } from './load.ts';

/** What is needed to bring an image into the engine. */
export interface Bringing {
  readonly connection: Connection;
  readonly pulls: SingleFlight<void, PullProgress>;
  readonly request: ImageRequest;
  readonly signal: AbortSignal;
}

/**
 * The image of an archive, loaded where the engine does not have it. The archive's own names are
 * left alone: they may be those of other images here. Throws as `openArchive` and `loadImage` do.
 */
export async function imageOfArchive(
  source: ArchiveSource,
  { connection, pulls, request, signal }: Bringing,
): Promise<ResolvedImage> {
  const platform = await asking(connection, enginePlatform);
  const { content } = await openArchive(source, platform, signal);
  await using image = content;
  const { id } = image.config;
  const tag = loadedName(id);
  const name = request.reference;
  // Engines with containerd's store name images by their manifest: there only our own name finds it.
  const known = (await inspectImage(connection, id)) ?? (await inspectImage(connection, tag));
  if (known === undefined)
    await pulls.join(
      id,
      (report, shared) =>
        asking(connection, (client) =>
          loadImage(client, image, { name, tag, signal: shared, report }),
        ),
      { signal, onProgress: request.onProgress },
    );
  const found = known ?? (await inspectImage(connection, tag));
  if (found === undefined) throw await notHere(connection, tag);
  const { digest, manifestDigest } = image;
  return {
    ...resolvedImage(name, found, known === undefined),
    ...(digest === undefined ? {} : { digest }),
    ...(manifestDigest === undefined ? {} : { manifestDigest }),
  };
}

/** The image of a .sif file, unpacked and loaded where the engine does not have it. */
export async function imageOfSif(
  path: string,
  { connection, pulls, request, signal }: Bringing,
): Promise<ResolvedImage> {
  const sif = await readSif(path);
  const sha256 = await hashFile(path, signal);
  const tag = loadedName(`sif:${sha256}`);
  const known = await inspectImage(connection, tag);
  if (known === undefined)
    await pulls.join(
      tag,
      async (report, shared) => {
        report({ receivedBytes: 0, totalBytes: sif.partition.size, status: 'Unpacking' });
        await using folder = await scratchFolder();
        await using image = await sifContent(sif, folder.path, shared);
        await asking(connection, (client) =>
          loadImage(client, image, { name: path, tag, signal: shared, report }),
        );
      },
      { signal, onProgress: request.onProgress },
    );
  const found = known ?? (await inspectImage(connection, tag));
  if (found === undefined) throw await notHere(connection, tag);
  return { ...resolvedImage(request.reference, found, known === undefined), sha256 };
}

/** What the engine's containers run on: it may be another machine. */
export async function enginePlatform(client: Dockerode): Promise<Platform> {
  const { Os: os, Arch: architecture } = (await client.version()) as { Os: string; Arch: string };
  return { os, architecture };
}
