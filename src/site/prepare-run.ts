import { hostname } from 'node:os';
import { posix } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import {
  hasErrors,
  parseInvocation,
  SECRET_MASK,
  type Descriptor,
  type Invocation,
  type RawValues,
} from '../descriptor/index.ts';
import { valuesDoNotFit } from './invocation-faults.ts';
import {
  askedInputs,
  checkOutFolder,
  findInputs,
  imageReference,
  type AskedInput,
  type CreatedFacts,
  type FolderOptions,
  type PreparedRun,
  type RecordedParameter,
} from '../runner/index.ts';
import type { Configuration } from './configuration.ts';
import type { DescriptorFile } from './descriptor-file.ts';
import { chosenOptions, type ChosenOptions } from './chosen-options.ts';
import type { RunFlags } from './run-flags.ts';
import type { Caller } from './caller.ts';
import { gatherValues } from './values.ts';
import { userName } from './user-name.ts';
import { runnerVersion } from './package-files.ts';

/** Everything a run needs but its id. */
export type Preparation = Omit<PreparedRun, 'runId'>;

export interface PrepareInput {
  readonly file: DescriptorFile;
  readonly flags: RunFlags;
  /** Values given by flags of the descriptor's own names. */
  readonly named: Readonly<Record<string, readonly string[]>>;
  /** Values that are known already, as an invocation file would give them. */
  readonly values?: RawValues;
  /** All values, read already: nothing that the flags say of values is looked at. */
  readonly gathered?: { readonly user: RawValues; readonly server: RawValues };
  readonly configuration: Configuration;
  readonly caller: Caller;
  /** Refuses inputs and folders before anything of this machine is looked at. */
  readonly admit?: (inputs: readonly AskedInput[], folders: FolderOptions) => Promise<void>;
}

/**
 * From flags to a run that can be started: values typed and checked, inputs found, folders checked,
 * options chosen. Starts and writes nothing. Throws the error of the first stage that finds
 * faults, with all faults of that stage.
 */
export async function prepareRun(input: PrepareInput): Promise<Preparation> {
  const { file, flags, caller, configuration } = input;
  const { descriptor } = file;
  const folders = foldersOf(flags, caller.cwd);
  checkFolderMode(descriptor, folders);
  const invocation = await checkedInvocation(input, folders);
  await input.admit?.(askedInputs(descriptor, invocation, folders, caller.cwd), folders);
  const inputs = await findInputs(descriptor, invocation, folders, caller.cwd);
  if (folders.outFolder !== undefined) await checkOutFolder(folders.outFolder, inputs);
  const chosen = await chosenOptions(flags, configuration, {
    descriptor,
    invocation,
    cwd: caller.cwd,
    env: caller.env,
  });
  assertImage(descriptor, chosen);
  return {
    created: createdFacts(file, { invocation, folders, chosen, callerFolder: caller.cwd }),
    descriptor,
    invocation,
    environment: chosen.environment,
    inputs,
  };
}

/** The folders that the flags name, as absolute paths. */
export function foldersOf(flags: RunFlags, cwd: string): FolderOptions {
  const absolute = (path: string): string => posix.resolve(cwd, path);
  return {
    ...(flags.in === undefined ? {} : { inFolder: absolute(flags.in) }),
    ...(flags.out === undefined ? {} : { outFolder: absolute(flags.out) }),
    ...(flags.gt === undefined ? {} : { gtFolder: absolute(flags.gt) }),
  };
}

/** Refuses folder flags that do not fit the descriptor or one another, with `usage`. */
export function checkFolderMode({ dialect, name }: Descriptor, folders: FolderOptions): void {
  const given = [folders.inFolder && '--in', folders.gtFolder && '--gt'].filter(Boolean);
  if (dialect === 'boutiques-0.5' && given.length > 0)
    throw new RunnerError(
      'usage',
      `${given.join(' and ')} ${given.length === 1 ? 'belongs' : 'belong'} to BIAFLOWS folder mode; ${name} is a Boutiques app`,
      { hint: 'Give its File inputs as parameters; --out alone says where its outputs go.' },
    );
  if (folders.gtFolder !== undefined && folders.inFolder === undefined)
    throw new RunnerError('usage', '--gt needs --in: ground truth belongs to pictures', {
      hint: 'Give both folders.',
    });
}

async function checkedInvocation(input: PrepareInput, folders: FolderOptions): Promise<Invocation> {
  const { file, flags, caller, configuration, named } = input;
  const { descriptor } = file;
  const raw =
    input.gathered ??
    (await gatherValues(
      descriptor,
      {
        params: flags.param ?? [],
        serverParams: flags['server-param'] ?? [],
        invocationFile: flags.invocation,
        named,
        known: input.values ?? {},
        serverDefaults: configuration.serverParameters,
      },
      caller,
    ));
  const { invocation, diagnostics } = parseInvocation(descriptor, raw, {
    serverValuesOptional: folders.inFolder !== undefined,
  });
  if (invocation === undefined || hasErrors(diagnostics))
    throw await valuesDoNotFit(descriptor, diagnostics);
  return invocation;
}

/** Boutiques allows a descriptor without an image, for programs of the machine itself. */
function assertImage(descriptor: Descriptor, { options }: ChosenOptions): void {
  if (imageReference(descriptor, options.imageOverride) !== '' || options.engine === 'process')
    return;
  throw new RunnerError('usage', `${descriptor.name} names no container image`, {
    hint: 'Name one with --use-image; with --build it is what the built image is called. A program of this machine itself runs, without any isolation, with --engine process.',
  });
}

interface CheckedRequest {
  readonly invocation: Invocation;
  readonly folders: FolderOptions;
  readonly chosen: ChosenOptions;
  readonly callerFolder: string;
}

function createdFacts(
  file: DescriptorFile,
  { invocation, folders, chosen, callerFolder }: CheckedRequest,
): CreatedFacts {
  const { descriptor } = file;
  return {
    app: {
      name: descriptor.name,
      ...(descriptor.version === undefined ? {} : { version: descriptor.version }),
      dialect: descriptor.dialect,
      descriptorPath: file.path,
      descriptorText: file.text,
      get descriptorSha256() {
        return file.sha256;
      },
    },
    parameters: recordedParameters(descriptor, invocation),
    folders,
    options: chosen.options,
    callerFolder,
    runnerVersion: runnerVersion(),
    host: hostname(),
    user: userName(),
  };
}

/** Parameters for the record: secrets as asterisks. */
export function recordedParameters(
  descriptor: Descriptor,
  invocation: Invocation,
): RecordedParameter[] {
  return invocation.map(({ inputId, value, source, secret }) => ({
    inputId,
    type: descriptor.inputs.find(({ id }) => id === inputId)?.type ?? 'String',
    value: secret ? SECRET_MASK : value,
    source,
    secret,
  }));
}
