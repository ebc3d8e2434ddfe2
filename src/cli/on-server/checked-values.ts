import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import type { Client } from '../../client/index.ts';
import {
  hasErrors,
  parseInvocation,
  type Descriptor,
  type Invocation,
  type RawValues,
} from '../../descriptor/index.ts';
import { checkOutFolder, findInputs } from '../../runner/index.ts';
import { fileSystemId, valuesDoNotFit } from '../../site/index.ts';
import { sendFiles } from './send-files.ts';
import type { FileReference } from './submission.ts';

/** What is known to be right before anything is sent. */
export interface CheckedValues {
  readonly invocation: Invocation;
  /** Absolute, of every file that is named. */
  readonly paths: readonly string[];
}

/** Checks values and files as those of a run of this machine. Throws what is wrong with them. */
export async function checkedValues(
  descriptor: Descriptor,
  raw: { readonly user: RawValues; readonly server: RawValues },
  cwd: string,
  outFolder: string | undefined,
): Promise<CheckedValues> {
  // The server may know what it sets itself; it is asked.
  const { invocation, diagnostics } = parseInvocation(descriptor, raw, {
    serverValuesOptional: true,
  });
  if (invocation === undefined || hasErrors(diagnostics))
    throw await valuesDoNotFit(descriptor, diagnostics);
  const inputs = await findInputs(descriptor, invocation, {}, cwd);
  const folder = inputs.find(({ kind }) => kind === 'folder');
  if (folder !== undefined)
    throw new RunnerError(
      'input-missing',
      `${folder.inputId}: ${JSON.stringify(folder.value)} is a folder, and only files are sent to a server`,
      { hint: 'Put it into an archive that the app can read, or run it here: --server local.' },
    );
  if (outFolder !== undefined) await checkOutFolder(outFolder, inputs);
  return { invocation, paths: inputs.map(({ value }) => posix.resolve(cwd, value)) };
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
