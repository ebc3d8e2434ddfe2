import { createHash } from 'node:crypto';
import { Transform, type Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

import { RunnerError } from '../../base/errors.ts';
import type { Compression } from './manifest.ts';

/** One image, taken apart: what any engine can be given, wherever it came from. */
export interface ImageContent extends AsyncDisposable {
  readonly config: ImageConfig;
  readonly layers: readonly StoredLayer[];
  /** Of the index, when there was one, else of the manifest. */
  readonly digest?: string;
  readonly manifestDigest?: string;
}

/** The image's configuration (OCI image-spec, config.md). */
export interface ImageConfig {
  /** As they are: the image's id is their hash. */
  readonly bytes: Buffer;
  readonly id: string;
  readonly platform: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: readonly string[];
  readonly workingDirectory?: string;
  readonly diffIds: readonly string[];
}

export interface StoredLayer {
  /** Hash of the tar archive that it is when unpacked. */
  readonly diffId: string;
  readonly compression: Compression;
  /** As it is stored. */
  readonly sizeBytes: number;
  /** The bytes as stored; ends in an error when they are not those of its digest. */
  open(): Promise<Readable>;
}

/** Hash of bytes, as digests are written. */
export const digestOfBytes = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

interface ConfigDocument {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly config?: {
    readonly Entrypoint?: string | readonly string[] | null;
    readonly Cmd?: string | readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly WorkingDir?: string;
  } | null;
  readonly rootfs?: { readonly diff_ids?: readonly string[] };
}

/** Reads a configuration. Throws `image-pull-failed` when it is none. */
export function readConfig(bytes: Buffer, name: string): ImageConfig {
  const document = parsedJson(bytes, name) as ConfigDocument | null;
  const diffIds = document?.rootfs?.diff_ids;
  if (!Array.isArray(diffIds)) throw damaged(name, 'its configuration lists no layers');
  const { os = 'linux', architecture = 'unknown', variant = '', config } = document ?? {};
  return {
    bytes,
    id: digestOfBytes(bytes),
    platform: [os, architecture, variant].filter((part) => part !== '').join('/'),
    ...processOf(config ?? {}),
    diffIds: diffIds as readonly string[],
  };
}

/** The part of a configuration that says what is started, and how. */
export function processOf(
  config: NonNullable<ConfigDocument['config']>,
): Pick<ImageConfig, 'entrypoint' | 'command' | 'environment' | 'workingDirectory'> {
  const { Entrypoint, Cmd, Env, WorkingDir = '' } = config;
  return {
    entrypoint: wordsOf(Entrypoint),
    command: wordsOf(Cmd),
    environment: Env ?? [],
    ...(WorkingDir === '' ? {} : { workingDirectory: WorkingDir }),
  };
}

/** Old images have a string, or nothing. */
export const wordsOf = (words: string | readonly string[] | null | undefined): readonly string[] =>
  typeof words === 'string' ? [words] : (words ?? []);

export function parsedJson(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw damaged(name, 'a part that should be JSON is not', cause);
  }
}

/** Content that is not what its own description says. */
export const damaged = (name: string, what: string, cause?: unknown): RunnerError =>
  new RunnerError('image-pull-failed', `the image ${name} is damaged: ${what}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'Copy or save it again; compare its checksum with the one at its source.',
    details: { reference: name },
  });

/** Passes bytes on, and fails at their end when they are not those of the digest. */
export function verifying(source: Readable, digest: string, name: string): Readable {
  const hash = createHash('sha256');
  const check = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
    flush: (done) => {
      const found = `sha256:${hash.digest('hex')}`;
      done(found === digest ? null : damaged(name, `${digest} has the content of ${found}`));
    },
  });
  return chained(source, check);
}

/** The layer as the plain tar archive it is. */
export async function openUnpacked(layer: StoredLayer, name: string): Promise<Readable> {
  const stored = await layer.open();
  if (layer.compression === 'none') return stored;
  const unpacker = layer.compression === 'gzip' ? createGunzip() : createZstdDecompress();
  const unpacked = chained(stored, unpacker);
  const check = verifying(unpacked, layer.diffId, name);
  unpacker.on('error', (cause) => {
    if (!(cause instanceof RunnerError))
      check.destroy(damaged(name, `a layer is not ${layer.compression}`, cause));
  });
  return check;
}

/** `source.pipe(sink)` where an end of either, however it comes, is the other's. */
function chained<Sink extends Transform>(source: Readable, sink: Sink): Sink {
  source.on('error', (error) => sink.destroy(error));
  sink.on('close', () => {
    if (!source.destroyed) source.destroy();
  });
  source.pipe(sink);
  return sink;
}
