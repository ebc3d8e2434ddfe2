import { createWriteStream } from 'node:fs';
import { realpath, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import type { ImageRequest, ResolvedImage } from '../engine.ts';
import { openArchive } from '../images/archive.ts';
import { rememberedHash } from '../images/file-hash.ts';
import type { LocalImages } from '../images/local-images.ts';
import { platformOf } from '../images/manifest.ts';
import { packDockerArchive } from '../images/pack.ts';
import type { ImageReference } from '../images/reference.ts';
import { describeRemote, fetchImage } from '../images/registry/fetch.ts';
import { SifCache, sifKey } from '../images/sif-cache.ts';
import { readSif } from '../images/sif.ts';
import { parseImageSource, type ArchiveSource } from '../images/source.ts';
import { formHere } from './build-sif.ts';
import {
  digestsOf,
  keepImage,
  nameIn,
  noRoom,
  resolved,
  unpackedWarning,
  type Making,
  type SifPorts,
} from './keep-image.ts';
import { repositoryFor } from './registry-login.ts';

/**
 * Makes an image a file that Apptainer runs: a .sif (or, where none can be mounted, a sandbox
 * folder) of this machine, whose absolute path is the `id`. Made from a registry, a local Docker image or
 * an archive; kept by what it holds, made once for all who want it. Throws `image-not-found`,
 * `image-pull-failed`, `disk-full`.
 */
export async function resolveSif(
  request: ImageRequest,
  ports: SifPorts,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  signal.throwIfAborted();
  const form = ports.form ?? (await formHere(ports.apptainer));
  const given = await givenFolder(request.reference);
  if (given !== undefined) return { ...given, ...unpackedWarning(form) };
  const source = parseImageSource(request.reference, request.folder ?? process.cwd());
  const cache = new SifCache(ports.cacheFolder, ports.clock);
  const making = { request, ports, signal, form, cache };
  switch (source.kind) {
    case 'sif':
      return ofSif(source.path, making);
    case 'image-id':
      return ofImageId(source.id, making);
    case 'docker-daemon':
      return ofLocal(await localImage(source.name, making), making);
    case 'registry':
      return ofRegistry(source.reference, making);
    case 'docker-archive':
    case 'oci-archive':
    case 'oci':
      return ofArchive(source, making);
  }
}

/** A sandbox folder, as an earlier run of ours recorded it. */
async function givenFolder(reference: string): Promise<ResolvedImage | undefined> {
  if (!reference.startsWith('/') || reference.endsWith('.sif')) return undefined;
  try {
    const id = await realpath(reference);
    if (!(await stat(id)).isDirectory()) return undefined;
    const { os, architecture } = platformOf(process.arch);
    const platform = `${os}/${architecture}`;
    return { reference, id, platform, sizeBytes: 0, entrypoint: [], command: [], pulled: false };
  } catch {
    return undefined;
  }
}

async function ofSif(path: string, making: Making): Promise<ResolvedImage> {
  const { request, ports, signal, form } = making;
  const { sizeBytes, platform, process: its } = await readSif(path);
  const sha256 = await rememberedHash(path, join(ports.cacheFolder, 'hashes'), signal);
  const id = await realpath(path);
  const entrypoint = its?.entrypoint ?? ['/.singularity.d/runscript'];
  const { command = [], workingDirectory } = its ?? {};
  const config = {
    id: `sha256:${sha256}`,
    platform,
    entrypoint,
    command,
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
  };
  const { reference } = request;
  if (form === 'sif') {
    const { id: _hash, ...facts } = config;
    return { ...facts, reference, id, sizeBytes, sha256, pulled: false };
  }
  const kept = await keepImage(making, config, async ({ scratch }) => {
    await symlink(id, join(scratch, 'given.sif'));
    return './given.sif';
  });
  return { ...resolved(kept, making), sha256 };
}

async function ofImageId(id: string, making: Making): Promise<ResolvedImage> {
  const kept = await making.cache.find(sifKey(id, making.form));
  if (kept !== undefined) return resolved({ ...kept, made: false }, making);
  return ofLocal(await localImage(id, making), making);
}

/** The image of the local Docker. Throws `image-not-found`, `engine-unavailable`. */
async function localImage(name: string, making: Making): Promise<ResolvedImage> {
  const found = await (await localImagesOf(making)).find(name, making.signal);
  if (found !== undefined) return found;
  throw new RunnerError('image-not-found', `Docker has no image ${name} on this machine`, {
    hint: 'Build or load it with Docker, or leave "docker-daemon:" away so that it is pulled.',
    details: { reference: name },
  });
}

async function ofLocal(image: ResolvedImage, making: Making): Promise<ResolvedImage> {
  const { onProgress } = making.request;
  const kept = await keepImage(making, image, async ({ scratch }) => {
    const images = await localImagesOf(making);
    await images.save(image.id, join(scratch, 'image.tar'), {
      signal: making.signal,
      onBytes: (receivedBytes) =>
        onProgress?.({
          receivedBytes,
          totalBytes: Math.max(receivedBytes, image.sizeBytes),
          status: 'Saving',
        }),
    });
    return 'docker-archive:image.tar';
  });
  const digests = digestsOf(image);
  await label(`docker-daemon:${image.reference}`, { kept, digests }, making);
  return { ...resolved(kept, making), ...digests };
}

/** A name for lists alone: nothing is found by it. */
async function label(
  reference: string,
  { kept, digests }: { kept: Awaited<ReturnType<typeof keepImage>>; digests: object },
  making: Making,
): Promise<void> {
  const name = nameIn(reference, making);
  if (kept.made) await making.cache.remember({ reference: name, key: kept.key, ...digests });
}

/**
 * As on Docker, a local image is used without asking a registry: the one that Docker has under the
 * name (it may just have been built), else the one that the name stood for when last pulled.
 */
async function ofRegistry(reference: ImageReference, making: Making): Promise<ResolvedImage> {
  const { request, cache } = making;
  const { familiar } = reference;
  if (request.pull !== 'always') {
    const local = await localIfThere(familiar, making);
    if (local !== undefined) return ofLocal(local, making);
    const known = await cache.named(nameIn(familiar, making));
    if (known !== undefined)
      return { ...resolved({ ...known.kept, made: false }, making), ...digestsOf(known) };
  }
  if (request.pull === 'never')
    throw new RunnerError('image-not-found', `there is no image ${familiar} on this machine`, {
      hint: 'Let it be pulled (--pull missing), or build it (--build).',
      details: { reference: familiar },
    });
  return pullSif(reference, making);
}

async function pullSif(reference: ImageReference, making: Making): Promise<ResolvedImage> {
  const { request, ports, signal, cache } = making;
  const repository = await repositoryFor(reference);
  const platform = platformOf(process.arch);
  const remote = await describeRemote(repository, reference, { platform, signal });
  const { config } = remote.content;
  const kept = await keepImage(making, config, async ({ scratch }) => {
    await fetchImage(repository, remote, {
      reference,
      folder: join(scratch, 'oci'),
      clock: ports.clock,
      signal,
      onProgress: request.onProgress,
    });
    return 'oci:oci';
  });
  const digests = digestsOf(remote.content);
  const repositoryName = reference.familiar.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  const names = [
    reference.familiar,
    ...Object.values(digests).map((digest) => `${repositoryName}@${digest}`),
  ];
  for (const name of new Set(names))
    await cache.remember({ reference: nameIn(name, making), key: kept.key, ...digests });
  return { ...resolved(kept, making), ...digests };
}

async function localIfThere(name: string, making: Making): Promise<ResolvedImage | undefined> {
  try {
    return await (await localImagesOf(making)).find(name, making.signal);
  } catch (error) {
    making.signal.throwIfAborted();
    if (error instanceof RunnerError) return undefined;
    throw error;
  }
}

async function localImagesOf({ ports }: Making): Promise<LocalImages> {
  return ports.localImages ?? (await import('../docker/local-images.ts')).localImages();
}

async function ofArchive(source: ArchiveSource, making: Making): Promise<ResolvedImage> {
  const { request, signal } = making;
  const { content, path, plain } = await openArchive(source, platformOf(process.arch), signal);
  await using image = content;
  const totalBytes = image.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const kept = await keepImage(making, image.config, async ({ scratch }) => {
    const archive = join(scratch, 'image.tar');
    if (plain) await symlink(path, archive);
    else {
      const packed = packDockerArchive(image, {
        name: request.reference,
        tag: 'cyto-run/archive:1',
        onBytes: (receivedBytes) =>
          request.onProgress?.({ receivedBytes, totalBytes, status: 'Unpacking' }),
      });
      await pipeline(packed, createWriteStream(archive), { signal }).catch((error: unknown) => {
        throw systemCodeOf(error) === 'ENOSPC' ? noRoom(scratch, error) : error;
      });
    }
    return 'docker-archive:image.tar';
  });
  const digests = digestsOf(image);
  await label(`${source.kind}:${source.location}`, { kept, digests }, making);
  return { ...resolved(kept, making), ...digests };
}
