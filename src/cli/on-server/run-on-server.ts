import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import type { Client, Submission } from '../../client/index.ts';
import { hasErrors, parseInvocation, type Invocation } from '../../descriptor/index.ts';
import { checkOutFolder, findInputs, type FoundInput } from '../../runner/index.ts';
import {
  fileSystemId,
  gatherValues,
  valuesDoNotFit,
  type Configuration,
  type DescriptorFile,
  type RunFlags,
} from '../../site/index.ts';
import { exitCodeOf } from '../exit-code.ts';
import { ServerRuns } from '../runs-port/server-runs.ts';
import { tellEnding } from '../tell-ending.ts';
import type { Terminal } from '../terminal.ts';
import { sendFiles } from './send-files.ts';
import { submittedOptions, submittedValues, type FileReference } from './submission.ts';
import { watchRun } from './watch-run.ts';

/** A run that is to be a server's. */
export interface ServerRun {
  readonly client: Client;
  readonly file: DescriptorFile;
  /** `NAME@VERSION`, where the descriptor is one that the server has. */
  readonly app?: string;
  readonly flags: RunFlags;
  readonly named: Readonly<Record<string, readonly string[]>>;
  readonly configuration: Configuration;
  readonly terminal: Terminal;
}

/**
 * `cyto-run run` on a server: checked here as a run of this machine would be, submitted, followed with
 * the same display, its outputs brought to `--out`. Resolves to the exit code.
 */
export async function runOnServer(run: ServerRun): Promise<number> {
  const { client, flags, terminal, configuration } = run;
  const checked = await checkedRun(run);
  const { inputs } = checked;
  const outFolder = flags.out === undefined ? undefined : posix.resolve(terminal.cwd, flags.out);
  if (outFolder !== undefined) await checkOutFolder(outFolder, inputs);
  const runId = await submitted(run, checked);
  const record = await watchRun(runId, {
    ...{ client, terminal, configuration, outFolder },
    verbose: flags.verbose === true,
    quiet: flags.quiet === true,
  });
  const port = new ServerRuns(client, flags.server !== undefined);
  await tellEnding(record, port, { terminal, json: flags.json === true });
  return exitCodeOf(record);
}

/** What is known to be right before anything is sent. */
interface CheckedRun {
  readonly invocation: Invocation;
  readonly options: NonNullable<Submission['options']>;
  readonly inputs: readonly FoundInput[];
}

/** Throws what is wrong with the values and the files. */
async function checkedRun({ file, flags, named, terminal }: ServerRun): Promise<CheckedRun> {
  const { descriptor } = file;
  const options = submittedOptions(flags, terminal.env);
  const raw = await gatherValues(
    descriptor,
    {
      params: flags.param ?? [],
      serverParams: flags['server-param'] ?? [],
      invocationFile: flags.invocation,
      named,
      // Those of this machine's configuration are for this machine's platform.
      serverDefaults: {},
    },
    terminal,
  );
  // The server may know what it sets itself; it is asked.
  const { invocation, diagnostics } = parseInvocation(descriptor, raw, {
    serverValuesOptional: true,
  });
  if (invocation === undefined || hasErrors(diagnostics))
    throw await valuesDoNotFit(descriptor, diagnostics);
  const inputs = await findInputs(descriptor, invocation, {}, terminal.cwd);
  assertFiles(inputs);
  return { invocation, options, inputs };
}

/**
 * Submits, and resolves to the run's id. Files go by their paths where the server finds the same files
 * under them and may read them; else they are sent.
 */
async function submitted(run: ServerRun, checked: CheckedRun): Promise<string> {
  const { client, flags, terminal } = run;
  const submit = async (referTo: (path: string) => FileReference): Promise<string> =>
    (await client.runs.submit(submissionOf(run, checked, referTo))).runId;
  const paths = checked.inputs.map(({ value }) => posix.resolve(terminal.cwd, value));
  if (paths.length === 0 || (await seesFiles(client)))
    try {
      return await submit((path) => path);
    } catch (error) {
      if (paths.length === 0 || !isAboutFiles(error)) throw error;
    }
  const say = (line: string): void => {
    if (flags.quiet !== true) terminal.err(`${line}\n`);
  };
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

function submissionOf(
  { file: { descriptor, text }, app, terminal }: ServerRun,
  { invocation, options }: CheckedRun,
  referTo: (path: string) => FileReference,
): Submission {
  const valuesFrom = (giver: 'user' | 'server'): Record<string, unknown> =>
    submittedValues(
      descriptor,
      invocation.filter(({ source }) => source === giver),
      (value) => referTo(posix.resolve(terminal.cwd, value)),
    );
  return {
    ...(app === undefined ? { descriptor: text } : { app }),
    parameters: valuesFrom('user'),
    serverParameters: valuesFrom('server'),
    options,
  };
}

/** Folders are not sent. */
function assertFiles(inputs: readonly FoundInput[]): void {
  const folder = inputs.find(({ kind }) => kind === 'folder');
  if (folder !== undefined)
    throw new RunnerError(
      'input-missing',
      `${folder.inputId}: ${JSON.stringify(folder.value)} is a folder, and only files are sent to a server`,
      { hint: 'Put it into an archive that the app can read, or run it here: --server local.' },
    );
}
