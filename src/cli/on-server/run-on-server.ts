import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import type { Client, Submission } from '../../client/index.ts';
import { hasErrors, parseInvocation, type Invocation } from '../../descriptor/index.ts';
import { checkOutFolder, findInputs, type FoundInput } from '../../runner/index.ts';
import {
  gatherValues,
  valuesDoNotFit,
  type Configuration,
  type DescriptorFile,
  type RunFlags,
} from '../../site/index.ts';
import { exitCodeOf } from '../exit-code.ts';
import { recordOf, ServerRuns } from '../runs-port/server-runs.ts';
import { tellEnding } from '../tell-ending.ts';
import type { Terminal } from '../terminal.ts';
import { fetchOutputs } from './fetch-outputs.ts';
import { submittedOptions, submittedParameters, submittedTexts } from './submission.ts';
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
  const { submission, inputs } = await preparedSubmission(run);
  const outFolder = flags.out === undefined ? undefined : posix.resolve(terminal.cwd, flags.out);
  if (outFolder !== undefined) await checkOutFolder(outFolder, inputs);
  const { runId } = await client.runs.submit(submission);
  await watchRun(runId, {
    ...{ client, terminal, configuration },
    verbose: flags.verbose === true,
    quiet: flags.quiet === true,
  });
  const ended = recordOf(await client.runs.show(runId), client.url);
  const record =
    outFolder === undefined || ended.state !== 'COMPLETE'
      ? ended
      : await fetchOutputs(ended, outFolder, client);
  const port = new ServerRuns(client, flags.server !== undefined);
  await tellEnding(record, port, { terminal, json: flags.json === true });
  return exitCodeOf(record);
}

interface PreparedSubmission {
  readonly submission: Submission;
  readonly inputs: readonly FoundInput[];
}

/** Throws what is wrong with the values and the files, before anything is sent. */
async function preparedSubmission(run: ServerRun): Promise<PreparedSubmission> {
  const { file, app, flags, terminal } = run;
  const { descriptor } = file;
  const options = submittedOptions(flags, terminal.env);
  const raw = await gatherValues(
    descriptor,
    {
      params: flags.param ?? [],
      serverParams: flags['server-param'] ?? [],
      invocationFile: flags.invocation,
      named: run.named,
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
  return { inputs, submission: submissionOf(file, app, { invocation, options, raw, terminal }) };
}

function submissionOf(
  { descriptor, text }: DescriptorFile,
  app: string | undefined,
  {
    invocation,
    options,
    raw,
    terminal,
  }: {
    readonly invocation: Invocation;
    readonly options: NonNullable<Submission['options']>;
    readonly raw: Awaited<ReturnType<typeof gatherValues>>;
    readonly terminal: Terminal;
  },
): Submission {
  return {
    ...(app === undefined ? { descriptor: text } : { app }),
    parameters: submittedParameters(descriptor, invocation, terminal.cwd, (path) => path),
    serverParameters: submittedTexts(raw.server),
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
