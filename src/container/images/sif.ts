import { open, type FileHandle } from 'node:fs/promises';

import { messageOf, RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { processOf, type ImageConfig } from './content.ts';

/** What the header and descriptors of a SIF file say (Singularity Image Format, version 01). */
export interface SifFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** `linux/amd64`. */
  readonly platform: string;
  /** The root file system, squashfs. */
  readonly partition: { readonly offset: number; readonly size: number };
  /**
   * The process of the OCI image it was made from, when its runscript is the one made from that;
   * absent: the runscript is somebody's own.
   */
  readonly process?: Pick<
    ImageConfig,
    'entrypoint' | 'command' | 'environment' | 'workingDirectory'
  >;
}

interface SifDescriptor {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly name: string;
  /** Behind the name: what belongs to the type. */
  readonly extra: Buffer;
}

const HEADER_BYTES = 128;
const DESCRIPTOR_BYTES = 585;
const TYPE = { partition: 0x4004, json: 0x4006, ociRoot: 0x4009 } as const;
const SQUASHFS = 1;
const PRIMARY_SYSTEM = 2;

/** SIF's numbers for architectures, in Go's words. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  '01': '386',
  '02': 'amd64',
  '03': 'arm',
  '04': 'arm64',
  '05': 'ppc64',
  '06': 'ppc64le',
  '11': 's390x',
  '12': 'riscv64',
};

/**
 * Reads what a .sif file says about itself. Throws `image-not-found` when there is no such file,
 * `image-pull-failed` when it is none, or damaged.
 */
export async function readSif(path: string): Promise<SifFile> {
  await using file = await opened(path);
  const { size: sizeBytes } = await file.stat();
  const header = await bytesAt(file, 0, HEADER_BYTES);
  if (header.toString('latin1', 32, 41) !== 'SIF_MAGIC') throw noSif(path, header);
  const count = Number(header.readBigInt64LE(88));
  const start = Number(header.readBigInt64LE(96));
  const end = Number(header.readBigInt64LE(112)) + Number(header.readBigInt64LE(120));
  if (end > sizeBytes)
    throw broken(path, `it should have ${end} bytes and has ${sizeBytes}: the copy was cut off`);
  if (count < 1 || count > LIMITS.sifDescriptorsMax) throw broken(path, `it lists ${count} parts`);
  const table = await bytesAt(file, start, count * DESCRIPTOR_BYTES);
  const descriptors = Array.from({ length: count }, (_, at) =>
    table.subarray(at * DESCRIPTOR_BYTES, (at + 1) * DESCRIPTOR_BYTES),
  ).flatMap((entry) =>
    entry.length === DESCRIPTOR_BYTES && entry[4] === 1 ? [descriptorOf(entry)] : [],
  );
  const { partition, architecture } = systemOf(path, descriptors);
  const process = await processIn(file, descriptors);
  return {
    path,
    sizeBytes,
    platform: `linux/${ARCHITECTURES[architecture] ?? `sif-${architecture}`}`,
    partition,
    ...(process === undefined ? {} : { process }),
  };
}

const descriptorOf = (entry: Buffer): SifDescriptor => ({
  type: entry.readInt32LE(0),
  offset: Number(entry.readBigInt64LE(17)),
  size: Number(entry.readBigInt64LE(25)),
  name: entry.toString('utf8', 73, 201).replace(/\0.*$/s, ''),
  extra: entry.subarray(201),
});

function systemOf(
  path: string,
  descriptors: readonly SifDescriptor[],
): { partition: SifFile['partition']; architecture: string } {
  const system = descriptors.find(
    ({ type, extra }) => type === TYPE.partition && extra.readInt32LE(4) === PRIMARY_SYSTEM,
  );
  if (system === undefined)
    throw descriptors.some(({ type }) => type === TYPE.ociRoot)
      ? unusable(
          path,
          'holds OCI layers (OCI-SIF), which only SingularityCE 4 runs',
          'Build it again without --oci.',
        )
      : broken(path, 'it has no root file system');
  if (system.extra.readInt32LE(0) !== SQUASHFS)
    throw unusable(
      path,
      'has a root file system that is encrypted or of an old kind',
      'Build it again as a plain .sif.',
    );
  const { offset, size } = system;
  return { partition: { offset, size }, architecture: system.extra.toString('latin1', 8, 10) };
}

/**
 * A runscript that Apptainer made from an OCI configuration does what that says; such an image has a
 * definition of two lines. Anything more may have changed runscript and environment.
 */
async function processIn(
  file: FileHandle,
  descriptors: readonly SifDescriptor[],
): Promise<SifFile['process']> {
  const json = async (name: string): Promise<unknown> => {
    const part = descriptors.find((its) => its.type === TYPE.json && its.name === name);
    if (part === undefined || part.size > LIMITS.imageManifestBytesMax) return undefined;
    try {
      return JSON.parse((await bytesAt(file, part.offset, part.size)).toString('utf8'));
    } catch {
      return undefined;
    }
  };
  const config = (await json('oci-config.json')) as Parameters<typeof processOf>[0] | undefined;
  const metadata = (await json('inspect-metadata.json')) as
    { data?: { attributes?: { deffile?: string } } } | undefined;
  const definition = metadata?.data?.attributes?.deffile ?? '';
  const converted = /^bootstrap: *\S+\s+from: *\S+\s*$/i.test(definition);
  return converted && config !== undefined ? processOf(config) : undefined;
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    throw new RunnerError(
      'image-not-found',
      systemCodeOf(cause) === 'ENOENT'
        ? `there is no file ${path}`
        : `${path} cannot be read: ${messageOf(cause)}`,
      {
        cause,
        hint: 'A relative path is taken from the folder of the descriptor that names it, or from yours with --use-image.',
        details: { path },
      },
    );
  }
}

/** As many of the bytes as there are. */
async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  // What is missing reads as zeros: too short a file fails its own checks.
  return bytesRead < length && position === 0 ? buffer : buffer.subarray(0, bytesRead);
}

function noSif(path: string, header: Buffer): RunnerError {
  const old = header.toString('latin1', 0, 4) === 'hsqs';
  return unusable(
    path,
    old ? 'is an image of Singularity 2, before .sif' : 'is not a SIF file',
    old
      ? `Convert it: apptainer build new.sif ${path}`
      : 'Is it the right file, and was it copied whole?',
  );
}

const broken = (path: string, what: string): RunnerError =>
  unusable(path, `is damaged: ${what}`, 'Copy or build it again.');

const unusable = (path: string, what: string, hint: string): RunnerError =>
  new RunnerError('image-pull-failed', `${path} ${what}`, { hint, details: { path } });
