import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import type { ImageRequest, ResolvedImage } from '../engine.ts';
import type { ImageConfig } from '../images/content.ts';
import { hashFile } from '../images/file-hash.ts';
import type { LocalImages } from '../images/local-images.ts';
import {
  sifKey,
  type KeptSif,
  type SifCache,
  type SifDraft,
  type SifFacts,
  type SifName,
} from '../images/sif-cache.ts';
import { buildSif } from './build-sif.ts';
import type { Installed } from './version.ts';

/** What `resolveSif` needs of the world. */
export interface SifPorts {
  /** Where images are kept, absolute. */
  readonly cacheFolder: string;
  readonly clock: Clock;
  readonly apptainer: Installed;
  /** Docker's or Podman's images here; absent: Docker's, where it answers. */
  readonly localImages?: LocalImages;
  /** In place of what can be mounted here. */
  readonly form?: 'sif' | 'sandbox';
}

/** One request on its way. */
export interface Making {
  readonly request: ImageRequest;
  readonly ports: SifPorts;
  readonly signal: AbortSignal;
  readonly form: 'sif' | 'sandbox';
  readonly cache: SifCache;
}

/** The same name stands for a folder where no .sif can be mounted. */
export const nameIn = (name: string, { form }: Making): string =>
  form === 'sif' ? name : `${name} (sandbox)`;

type Configured = Pick<
  ImageConfig,
  'id' | 'platform' | 'entrypoint' | 'command' | 'workingDirectory'
>;

/** The kept image of that configuration, made where it is not; `bring` says from what. */
export function keepImage(
  making: Making,
  { id, platform, entrypoint, command, workingDirectory }: Configured,
  bring: (draft: SifDraft) => Promise<string>,
): ReturnType<SifCache['findOrMake']> {
  const { cache, form, signal, request, ports } = making;
  const { apptainer, clock } = ports;
  const tell = (status: string): void => request.onProgress?.({ receivedBytes: 0, status });
  const build = async (draft: SifDraft): Promise<SifFacts> => {
    const from = await bring(draft);
    await buildSif({
      apptainer,
      from,
      to: form === 'sif' ? 'image/image.sif' : 'image/sandbox',
      form,
      folder: draft.scratch,
      name: request.reference,
      signal,
      onLine: tell,
    });
    const measured =
      form === 'sif'
        ? { sizeBytes: (await stat(draft.sif)).size, sha256: await hashFile(draft.sif, signal) }
        : { sizeBytes: await folderSize(draft.sandbox) };
    return {
      ...{ id, form, platform, entrypoint, command, ...measured },
      ...(workingDirectory === undefined ? {} : { workingDirectory }),
      madeAt: clock.now().toISOString(),
      madeBy: `${apptainer.program.replace(/^.*\//, '')} ${apptainer.version}`,
    };
  };
  const onWaiting = (): void => {
    tell('Another run makes this image: waiting for it');
  };
  return cache.findOrMake(sifKey(id, form), build, { signal, onWaiting });
}

/** A kept image in the port's words. */
export function resolved(
  { path, facts, made }: KeptSif & { readonly made: boolean },
  { request, form }: Making,
): ResolvedImage {
  const { sizeBytes, sha256, platform, entrypoint, command, workingDirectory } = facts;
  return {
    reference: request.reference,
    id: path,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...{ platform, sizeBytes, entrypoint, command, pulled: made },
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    ...unpackedWarning(form),
  };
}

/** What a run is told where no image can be mounted. */
export const unpackedWarning = (form: Making['form']): Pick<ResolvedImage, 'warnings'> =>
  form === 'sandbox' ? { warnings: [UNPACKED] } : {};

const UNPACKED = {
  code: 'image-unpacked',
  message:
    'FUSE cannot be used here (/dev/fuse), so Apptainer runs the image from an unpacked folder.',
} as const;

/** Whichever of them are known. */
export const digestsOf = ({
  digest,
  manifestDigest,
}: Pick<SifName, 'digest' | 'manifestDigest'>): Pick<SifName, 'digest' | 'manifestDigest'> => ({
  ...(digest === undefined ? {} : { digest }),
  ...(manifestDigest === undefined ? {} : { manifestDigest }),
});

async function folderSize(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}

export const noRoom = (folder: string, cause: unknown): RunnerError =>
  new RunnerError('disk-full', `no room left for the image in ${folder}`, {
    cause,
    hint: 'Make room there ("cyto-run images prune"), or choose another data folder.',
  });
