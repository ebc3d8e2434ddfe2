import { RunnerError } from '../../base/errors.ts';

/** What an image runs on, in Go's words: `linux`, `amd64`, `v8`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** How one piece of content points to another (OCI image-spec, descriptor.md). */
export interface ContentDescriptor {
  readonly mediaType?: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: Partial<Platform>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image index or a manifest, of OCI or of Docker's schema 2: told apart by what they hold. */
export interface ManifestDocument {
  readonly mediaType?: string;
  readonly schemaVersion?: number;
  readonly manifests?: readonly ContentDescriptor[];
  readonly config?: ContentDescriptor;
  readonly layers?: readonly ContentDescriptor[];
}

/** Media types we understand, as `Accept` of a registry wants them. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm: 'arm',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loong64',
};

/** The platform of this machine's containers. */
export const platformOf = (nodeArchitecture: string): Platform => ({
  os: 'linux',
  architecture: ARCHITECTURES[nodeArchitecture] ?? nodeArchitecture,
});

export const platformText = ({ os, architecture, variant }: Partial<Platform>): string =>
  [os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');

/** Variants are told only of ARM; the first of each is what every machine of it can run. */
const PLAIN_VARIANTS: Readonly<Record<string, string>> = { arm64: 'v8', arm: 'v7', amd64: 'v1' };

/**
 * The entry of an index that this platform runs. Entries that are no image (attestations, which
 * BuildKit files under the platform unknown/unknown) are passed over. Throws `image-not-found` with
 * the platforms there are.
 */
export function chooseManifest(
  entries: readonly ContentDescriptor[],
  platform: Platform,
  name: string,
): ContentDescriptor {
  const images = entries.filter(isImageEntry);
  const fitting = images.filter(
    ({ platform: its }) =>
      its === undefined || (its.os === platform.os && its.architecture === platform.architecture),
  );
  const variantOf = ({ platform: its }: ContentDescriptor): string =>
    its?.variant ?? PLAIN_VARIANTS[its?.architecture ?? ''] ?? '';
  const wanted = platform.variant ?? PLAIN_VARIANTS[platform.architecture] ?? '';
  const chosen = fitting.find((entry) => variantOf(entry) === wanted) ?? fitting[0];
  if (chosen !== undefined) return chosen;
  const there = images.map(({ platform: its }) => platformText(its ?? {})).join(', ');
  throw new RunnerError(
    'image-not-found',
    `${name} is not made for this machine (${platformText(platform)}); it is for ${there === '' ? 'none' : there}`,
    {
      hint: 'Ask its author for an image of this platform, or build it here (--build).',
      details: { reference: name, platform: platformText(platform), platforms: there },
    },
  );
}

export const isImageEntry = ({ platform, annotations }: ContentDescriptor): boolean =>
  platform?.os !== 'unknown' &&
  platform?.architecture !== 'unknown' &&
  annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest';

/** How a layer is stored. Throws `image-pull-failed` for what no engine here could unpack. */
export function compressionOf(mediaType: string | undefined, name: string): Compression {
  if (mediaType === undefined || /[.+]gzip$/.test(mediaType)) return 'gzip';
  if (mediaType.endsWith('+zstd')) return 'zstd';
  if (mediaType.endsWith('.tar')) return 'none';
  throw new RunnerError('image-pull-failed', `${name} has a layer of the kind ${mediaType}`, {
    hint: mediaType.includes('encrypted')
      ? 'It is encrypted: decrypt it first, for example with "skopeo copy --decryption-key".'
      : 'Only images of file system layers can be run; this may be something else kept in a registry.',
    details: { reference: name, mediaType },
  });
}

export type Compression = 'none' | 'gzip' | 'zstd';
