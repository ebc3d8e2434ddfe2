import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { RunnerError, systemCodeOf } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isWebUrl } from '../base/web-url.ts';
import type { Mount } from '../container/index.ts';
import type { Descriptor, Invocation, InvocationValue, ScalarValue } from '../descriptor/index.ts';
import type { FolderOptions, InputFacts } from './events.ts';
import type { PlacedOrigin } from './input-origin.ts';
import { CONTAINER_PLACES, isWithin, type AppPlaces } from './places.ts';

/** A file or folder that a value names, found on this machine. */
export interface FoundInput {
  readonly inputId: string;
  /** As the value gives it. */
  readonly value: string;
  /** On this machine, absolute, symlinks resolved. */
  readonly source: string;
  /** Where the app finds it. */
  readonly target: string;
  readonly kind: 'file' | 'folder';
}

/**
 * The invocation with every file value that climbs out of the caller's folder (`../x`) made
 * absolute: such a path would mean another place in the container. Other values stay as given.
 */
export function withReachableFiles(
  descriptor: Descriptor,
  invocation: Invocation,
  callerFolder: string,
): Invocation {
  const reachable = (value: ScalarValue): ScalarValue =>
    typeof value === 'string' && climbsOut(value) ? posix.resolve(callerFolder, value) : value;
  return invocation.map((entry) =>
    isFileInput(descriptor, entry.inputId)
      ? { ...entry, value: mapped(entry.value, reachable) }
      : entry,
  );
}

const climbsOut = (path: string): boolean =>
  !posix.isAbsolute(path) && posix.normalize(path).startsWith('..');

const mapped = (
  value: InvocationValue,
  change: (scalar: ScalarValue) => ScalarValue,
): InvocationValue => (isList(value) ? value.map(change) : change(value));

const isList = (value: InvocationValue): value is readonly ScalarValue[] => Array.isArray(value);

const isFileInput = (descriptor: Descriptor, inputId: string): boolean =>
  descriptor.inputs.some((input) => input.id === inputId && input.type === 'File');

/**
 * Finds every file and folder that the invocation and the folder options name, and checks that
 * each can be read. Throws `input-missing` with all faults at once (`details.faults`).
 */
export async function findInputs(
  descriptor: Descriptor,
  invocation: Invocation,
  folders: FolderOptions,
  callerFolder: string,
): Promise<FoundInput[]> {
  const found = await Promise.all(
    askedInputs(descriptor, invocation, folders, callerFolder).map(look),
  );
  const faults = found.filter((item) => typeof item === 'string');
  if (faults.length > 0)
    throw new RunnerError('input-missing', faults.join('\n'), {
      hint: faults.every((fault) => fault.endsWith(URL_SENTENCE))
        ? 'Download the file and give its path; or give the URL to a server, as it is: --server ADDRESS.'
        : `Relative paths are taken from ${callerFolder}.`,
      details: { faults },
    });
  return found.filter((item) => typeof item !== 'string');
}

/** Every file and folder that the invocation and the folder options name; nothing is looked at. */
export function askedInputs(
  descriptor: Descriptor,
  invocation: Invocation,
  folders: FolderOptions,
  callerFolder: string,
): AskedInput[] {
  return [
    ...withReachableFiles(descriptor, invocation, callerFolder)
      .filter((entry) => isFileInput(descriptor, entry.inputId))
      .flatMap((entry) =>
        [entry.value].flat().map((value) => askedFile(entry.inputId, value, callerFolder)),
      ),
    ...(folders.inFolder ? [askedFolder('--in', folders.inFolder, CONTAINER_PLACES.in)] : []),
    ...(folders.gtFolder ? [askedFolder('--gt', folders.gtFolder, CONTAINER_PLACES.gt)] : []),
  ];
}

export interface AskedInput {
  readonly inputId: string;
  /** As the value gives it. */
  readonly value: string;
  /** On this machine: absolute, normalized, links not followed. */
  readonly path: string;
  readonly target: string;
  readonly folderOnly: boolean;
}

function askedFile(inputId: string, scalar: ScalarValue, callerFolder: string): AskedInput {
  const value = typeof scalar === 'object' ? scalar.text : String(scalar);
  return {
    inputId,
    value,
    path: posix.resolve(callerFolder, value),
    target: posix.resolve(CONTAINER_PLACES.work, value),
    folderOnly: false,
  };
}

const askedFolder = (inputId: string, path: string, target: string): AskedInput => ({
  inputId,
  value: path,
  path,
  target,
  folderOnly: true,
});

/** The input found, or a sentence about what is wrong with it. */
async function look(asked: AskedInput): Promise<FoundInput | string> {
  const { inputId, value, path, target } = asked;
  const named = `${inputId}: ${JSON.stringify(value)}`;
  try {
    if (value === '') return `${named} is an empty path`;
    const source = await realpath(path);
    const stats = await stat(source);
    if (!stats.isFile() && !stats.isDirectory())
      return `${named} is ${kindOf(stats)}, not a file or folder`;
    if (asked.folderOnly && !stats.isDirectory()) return `${named} is a file, a folder is needed`;
    await access(source, stats.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK);
    return { inputId, value, source, target, kind: stats.isDirectory() ? 'folder' : 'file' };
  } catch (error) {
    const sentence = sentenceOf(error);
    return `${named} ${isWebUrl(value) ? URL_SENTENCE : sentence}`;
  }
}

function kindOf(stats: { isSocket(): boolean; isFIFO(): boolean }): string {
  if (stats.isSocket()) return 'a socket';
  return stats.isFIFO() ? 'a named pipe' : 'a device';
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'passes through something that is not a folder',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  ELOOP: 'is a symbolic link that leads back to itself',
  ENAMETOOLONG: 'is longer than a path may be',
};

/** A server fetches what is given to it as a URL; here there is nobody who does. */
const URL_SENTENCE = 'is a URL: only a server fetches those';

function sentenceOf(error: unknown): string {
  const sentence = SENTENCES[systemCodeOf(error) ?? ''];
  if (sentence === undefined) throw error;
  return sentence;
}

/** The inputs where the app finds them, whose targets were given as in a container. */
export const inputsSeenAt = (inputs: readonly FoundInput[], app: AppPlaces): FoundInput[] =>
  inputs.map((input) => ({ ...input, target: targetSeenAt(input.target, app) }));

function targetSeenAt(target: string, app: AppPlaces): string {
  if (target === CONTAINER_PLACES.in) return app.in;
  if (target === CONTAINER_PLACES.gt) return app.gt;
  return isWithin(target, CONTAINER_PLACES.work)
    ? posix.join(app.work, posix.relative(CONTAINER_PLACES.work, target))
    : target;
}

/** Read-only mounts for the inputs, one a target, parents first. */
export function inputMounts(inputs: readonly FoundInput[]): Mount[] {
  const byTarget = new Map(inputs.map((input) => [input.target, input]));
  return [...byTarget.values()]
    .sort((a, b) => a.target.length - b.target.length)
    .map(({ source, target }) => ({ source, target, readOnly: true }));
}

/** Inputs that the app sees inside its working directory. */
export const inputsInWork = (inputs: readonly FoundInput[]): FoundInput[] =>
  inputs.filter(({ target }) => isWithin(target, CONTAINER_PLACES.work));

/** Sizes and SHA-256 of the inputs, and where they came from, for the record. Reads every byte once. */
export async function inputFacts(
  inputs: readonly FoundInput[],
  origins: readonly PlacedOrigin[],
  signal: AbortSignal,
): Promise<InputFacts[]> {
  const facts: InputFacts[] = [];
  for (const { inputId, source, kind } of inputs) {
    const content =
      kind === 'file' ? await fileFacts(source, signal) : await folderFacts(source, signal);
    const placed = origins.find((one) => one.inputId === inputId && one.path === source);
    const origin = placed === undefined ? {} : { origin: placed.origin };
    facts.push({ inputId, path: source, kind, ...content, ...origin });
  }
  return facts;
}

export interface ContentFacts {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Size in bytes and SHA-256 (hex) of one file. */
export async function fileFacts(path: string, signal?: AbortSignal): Promise<ContentFacts> {
  if ((await stat(path)).size <= LIMITS.fileReadAtOnceBytesMax) {
    const bytes = await readFile(path);
    return { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const reader = createReadStream(path, { highWaterMark: 1 << 20 });
  reader.on('data', (bytes) => (sizeBytes += bytes.length));
  await pipeline(reader, hash, { signal });
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** A file below a folder. */
export interface FileBelow extends ContentFacts {
  /** Relative, with `/`. */
  readonly path: string;
}

/** Every plain file below a folder, sorted by path, each read once. Links are not followed. */
export async function filesBelow(folder: string, signal?: AbortSignal): Promise<FileBelow[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath, entry.name))
    .sort();
  const files: FileBelow[] = [];
  for (const path of paths)
    files.push({ path: posix.relative(folder, path), ...(await fileFacts(path, signal)) });
  return files;
}

/**
 * A folder's total size, and the SHA-256 of its `sha256  path` lines, from its files in their order; and
 * of a line `path/` for each empty folder, where they count. Pure.
 */
export function folderFactsOf(
  files: readonly FileBelow[],
  emptyFolders: readonly string[] = [],
): ContentFacts {
  const list = createHash('sha256');
  let sizeBytes = 0;
  for (const file of files) {
    sizeBytes += file.sizeBytes;
    list.update(`${file.sha256}  ${file.path}\n`);
  }
  for (const path of emptyFolders) list.update(`${path}/\n`);
  return { sizeBytes, sha256: list.digest('hex') };
}

/** The same of a folder of this machine. */
export const folderFacts = async (folder: string, signal?: AbortSignal): Promise<ContentFacts> =>
  folderFactsOf(await filesBelow(folder, signal));
