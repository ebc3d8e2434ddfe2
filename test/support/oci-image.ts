import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { probeImage } from './probe-image.ts';

type Descriptor = Readonly<Record<string, unknown>> & { readonly digest: string };

export interface OciImageOptions {
  /** Of the image that is wanted; another one is always in the index too. */
  readonly architecture?: string;
  readonly compression?: 'gzip' | 'zstd' | 'none';
  /** Nothing but `/unique`, for what needs no engine. */
  readonly empty?: true;
  /** The layer's blob is not what its digest says. */
  readonly spoiled?: true;
  /** The name in the layout. */
  readonly name?: string;
}

/** An OCI layout as BuildKit writes it. */
export interface OciImage {
  readonly folder: string;
  /** What `/unique` in it holds. */
  readonly mark: string;
  readonly indexDigest: string;
  readonly manifestDigest: string;
  readonly configDigest: string;
}

const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * Writes an image index with the probe for one platform, a scratch image for another, and the
 * attestation that BuildKit files under the platform unknown/unknown for each.
 */
export async function ociImage(parent: string, options: OciImageOptions = {}): Promise<OciImage> {
  const { architecture = goArchitecture(), compression = 'gzip', name = 'app:1' } = options;
  const folder = await mkdtemp(join(parent, 'oci '));
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (
    bytes: Buffer,
    claimed = sha256(bytes),
  ): Promise<{ digest: string; size: number }> => {
    await writeFile(join(blobs, claimed.slice('sha256:'.length)), bytes);
    return { digest: claimed, size: bytes.length };
  };
  const mark = randomBytes(8).toString('hex');
  const layer = await layerOf(folder, mark, options.empty === true);
  const packed =
    compression === 'gzip'
      ? gzipSync(layer)
      : compression === 'zstd'
        ? zstdCompressSync(layer)
        : layer;
  const stored = await put(
    options.spoiled ? Buffer.concat([packed.subarray(0, -1), Buffer.from('x')]) : packed,
    sha256(packed),
  );
  const suffix = compression === 'none' ? '' : `+${compression}`;
  const image = async (
    its: string,
    layers: object[],
    diffIds: string[],
  ): Promise<{ manifest: Descriptor; config: string }> => {
    const process = {
      Entrypoint: ['/bin/probe'],
      Env: ['PATH=/bin', `MARK=${mark}`],
      WorkingDir: '/tmp',
    };
    const document = {
      os: 'linux',
      architecture: its,
      config: process,
      rootfs: { type: 'layers', diff_ids: diffIds },
    };
    const config = await put(Buffer.from(JSON.stringify(document)));
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers,
    };
    const kept = await put(Buffer.from(JSON.stringify(manifest)));
    return {
      manifest: {
        mediaType: manifest.mediaType,
        ...kept,
        platform: { os: 'linux', architecture: its },
      },
      config: config.digest,
    };
  };
  const ours = await image(
    architecture,
    [{ mediaType: `application/vnd.oci.image.layer.v1.tar${suffix}`, ...stored }],
    [sha256(layer)],
  );
  const other = await image('mips64le', [], []);
  const attestation = await image('unknown', [], []);
  const attested = {
    ...attestation.manifest,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  const type = 'application/vnd.oci.image.index.v1+json';
  const index = {
    schemaVersion: 2,
    mediaType: type,
    manifests: [attested, other.manifest, ours.manifest],
  };
  const top = await put(Buffer.from(JSON.stringify(index)));
  const entry = {
    mediaType: type,
    ...top,
    annotations: { 'org.opencontainers.image.ref.name': name },
  };
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [entry] }),
  );
  return {
    folder,
    mark,
    indexDigest: top.digest,
    manifestDigest: ours.manifest.digest,
    configDigest: ours.config,
  };
}

/** The layout as one file, as `--output type=oci` makes it. */
export function ociArchive({ folder }: OciImage, file: string): string {
  const { status, stderr } = spawnSync('tar', ['-C', folder, '-cf', file, '.'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return file;
}

const goArchitecture = (): string => (process.arch === 'arm64' ? 'arm64' : 'amd64');

/** The probe's root file system with `/unique`, as a tar archive. */
async function layerOf(folder: string, mark: string, empty: boolean): Promise<Buffer> {
  const root = await mkdtemp(join(folder, '..', 'root '));
  if (!empty) {
    const docker = (...args: string[]): Buffer =>
      execFileSync('docker', args, { maxBuffer: LAYER_BYTES_MAX });
    const container = docker('create', await probeImage())
      .toString()
      .trim();
    spawnSync('tar', ['-C', root, '-x'], { input: docker('export', container) });
    docker('rm', container);
  }
  await writeFile(join(root, 'unique'), mark);
  const options = ['-C', root, '--owner=0', '--group=0', '-c', '.'];
  const { stdout, stderr, status } = spawnSync('tar', options, { maxBuffer: LAYER_BYTES_MAX });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout;
}

const LAYER_BYTES_MAX = 100_000_000;
