import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { isWebUrl } from '../../base/web-url.ts';
import type { Client } from '../../client/index.ts';
import {
  hasErrors,
  parseInvocation,
  type Descriptor,
  type Invocation,
  type RawValues,
} from '../../descriptor/index.ts';
import { checkOutFolder, findInputs, type FolderOptions } from '../../runner/index.ts';
import { checkFolderMode, fileSystemId, valuesDoNotFit } from '../../site/index.ts';
import { sendFiles } from './send-files.ts';
import { textOf, type FileReference } from './submission.ts';

/** What is known to be right before anything is sent. */
export interface CheckedValues {
  readonly invocation: Invocation;
  /** Absolute; outputs are brought to `outFolder`. */
  readonly folders: FolderOptions;
  /** Absolute, of every file and folder that is to be read. */
  readonly paths: readonly string[];
}

/** Folders that a run of a server reads, as they are sent. */
export function submittedFolders(
  { inFolder, gtFolder }: FolderOptions,
  referTo: (path: string) => FileReference,
): { readonly in?: FileReference; readonly gt?: FileReference } {
  return {
    ...(inFolder === undefined ? {} : { in: referTo(inFolder) }),
    ...(gtFolder === undefined ? {} : { gt: referTo(gtFolder) }),
  };
}

/** Checks values, files and folders as those of a run of this machine. Throws what is wrong with them. */
export async function checkedValues(
  descriptor: Descriptor,
  raw: { readonly user: RawValues; readonly server: RawValues },
  folders: FolderOptions,
  cwd: string,
): Promise<CheckedValues> {
  checkFolderMode(descriptor, folders);
  // The server may know what it sets itself; it is asked.
  const { invocation, diagnostics } = parseInvocation(descriptor, raw, {
    serverValuesOptional: true,
  });
  if (invocation === undefined || hasErrors(diagnostics))
    throw await valuesDoNotFit(descriptor, diagnostics);
  const inputs = await findInputs(descriptor, withoutUrls(descriptor, invocation), folders, cwd);
  if (folders.outFolder !== undefined) await checkOutFolder(folders.outFolder, inputs);
  return { invocation, folders, paths: inputs.map(({ value }) => posix.resolve(cwd, value)) };
}

/** What is to be looked for here: the server fetches the rest. */
function withoutUrls({ inputs }: Descriptor, invocation: Invocation): Invocation {
  const files = new Set(inputs.filter(({ type }) => type === 'File').map(({ id }) => id));
  return invocation.map((entry) =>
    files.has(entry.inputId)
      ? { ...entry, value: [entry.value].flat().filter((value) => !isWebUrl(textOf(value))) }
      : entry,
  );
}

/**
 * Submits what names files: by their paths where the server finds the same files under them and may
 * read them; else they are sent, and `say` hears of it. Resolves to what `submit` does.
 *
 * @param paths absolute
 */
export async function submitWithFiles<Answer>(
  paths: readonly string[],
  client: Client,
  say: (line: string) => void,
  submit: (referTo: (path: string) => FileReference) => Promise<Answer>,
): Promise<Answer> {
  if (paths.length === 0 || (await seesFiles(client)))
    try {
      return await submit((path) => path);
    } catch (error) {
      if (paths.length === 0 || !isAboutFiles(error)) throw error;
    }
  const uploads = await sendFiles(paths, client, say);
  return submit((path) => ({ upload: uploads.get(path) ?? '' }));
}

async function seesFiles(client: Client): Promise<boolean> {
  const here = fileSystemId();
  return here !== undefined && (await client.info()).fileSystem === here;
}

/** The server reads no such path, or as its own user cannot. */
const isAboutFiles = (error: unknown): boolean =>
  error instanceof RunnerError &&
  [error.code, error.details['serverCode']].some((code: unknown) => ABOUT_FILES.has(code));

const ABOUT_FILES: ReadonlySet<unknown> = new Set(['path-refused', 'input-missing']);
