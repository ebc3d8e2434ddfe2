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
  sameImage,
  type CreatedFacts,
  type FoundInput,
  type RunRecord,
} from '../runner/index.ts';
import { descriptorOf } from './descriptor-file.ts';
import { recordedParameters, type Preparation, type PrepareInput } from './prepare-run.ts';
import { secretInputsOf, withSecretInputs } from './secret-inputs.ts';
import { valuesOf } from './record-values.ts';
import type { Caller } from './caller.ts';
import { userName } from './user-name.ts';
import { runnerVersion } from './package-files.ts';

export interface RerunChanges {
  /** Values given again or anew, by input id: of secrets the record has only asterisks. */
  readonly values: { readonly user: RawValues; readonly server: RawValues };
  /** Secret variables again, as `NAME=value`. */
  readonly environment: readonly string[];
  readonly outFolder: string | undefined;
  /** What the reference names now, in place of the image that was used. */
  readonly currentImage: boolean;
  readonly caller: Caller;
  /** Inputs that are secret, whatever the descriptor says. */
  readonly secretInputs?: ReadonlySet<string>;
  /** Refuses inputs and folders before anything of this machine is looked at. */
  readonly admit?: PrepareInput['admit'];
}

/**
 * The run of a record, ready to be started again: the recorded descriptor text, values, options and
 * the very image. Throws `invocation-invalid` when a secret is not given again, `input-missing`
 * when an input is gone.
 */
export async function prepareRerun(before: RunRecord, changes: RerunChanges): Promise<Preparation> {
  const { app, callerFolder } = before;
  const descriptor = withSecretInputs(
    await recordedDescriptor(app),
    new Set([...secretInputsOf(before), ...(changes.secretInputs ?? [])]),
  );
  const invocation = await invocationAgain(descriptor, before, changes);
  const { outFolder: _before, ...readFolders } = before.folders;
  const folders = {
    ...readFolders,
    ...(changes.outFolder === undefined
      ? {}
      : { outFolder: posix.resolve(changes.caller.cwd, changes.outFolder) }),
  };
  await changes.admit?.(askedInputs(descriptor, invocation, folders, callerFolder), folders);
  const inputs = await findInputs(descriptor, invocation, folders, callerFolder);
  if (folders.outFolder !== undefined) await checkOutFolder(folders.outFolder, inputs);
  return {
    created: {
      ...createdAgain(before, folders, changes.currentImage),
      ...originsAgain(before, inputs),
      parameters: recordedParameters(descriptor, invocation),
    },
    descriptor,
    invocation,
    environment: environmentAgain(before, changes.environment),
    inputs,
  };
}

/** Where those inputs came from that are the same as before. */
function originsAgain(
  { inputOrigins = [] }: RunRecord,
  inputs: readonly FoundInput[],
): Pick<CreatedFacts, 'inputOrigins'> {
  const kept = inputOrigins.filter(({ inputId, path }) =>
    inputs.some((input) => input.inputId === inputId && input.source === path),
  );
  return kept.length === 0 ? {} : { inputOrigins: kept };
}

/** The descriptor of a record's run. */
export async function recordedDescriptor({
  descriptorText,
  descriptorPath,
  dialect,
}: RunRecord['app']): Promise<Descriptor> {
  const file = await descriptorOf(descriptorText, descriptorPath, descriptorPath, {
    dialect,
    lenient: true,
  });
  return file.descriptor;
}

async function invocationAgain(
  descriptor: Descriptor,
  before: RunRecord,
  { values: again }: RerunChanges,
): Promise<Invocation> {
  const recorded = valuesOf(before);
  const raw = {
    user: { ...recorded.user, ...again.user },
    server: { ...recorded.server, ...again.server },
  };
  const lost = before.parameters.filter(
    ({ inputId, secret, source }) =>
      secret && source !== 'default' && !(inputId in raw.user) && !(inputId in raw.server),
  );
  if (lost.length > 0)
    throw secretsNeeded(
      lost.map(({ inputId }) => inputId),
      '--param',
    );
  const { invocation, diagnostics } = parseInvocation(descriptor, raw, {
    serverValuesOptional: before.folders.inFolder !== undefined,
  });
  if (invocation === undefined || hasErrors(diagnostics))
    throw await valuesDoNotFit(descriptor, diagnostics);
  return invocation;
}

function createdAgain(
  before: RunRecord,
  folders: CreatedFacts['folders'],
  currentImage: boolean,
): Omit<CreatedFacts, 'parameters'> {
  const { app, callerFolder, options, image } = before;
  const { pinnedImage: _before, ...others } = options;
  const pinnedImage = currentImage || image === undefined ? undefined : sameImage(image);
  return {
    app,
    folders,
    options: {
      ...others,
      engineReason: `that of run ${before.runId}`,
      build: false,
      pull: currentImage ? others.pull : 'missing',
      ...(pinnedImage === undefined ? {} : { pinnedImage }),
    },
    callerFolder,
    rerunOf: before.runId,
    runnerVersion: runnerVersion(),
    host: hostname(),
    user: userName(),
  };
}

function environmentAgain(
  { options }: RunRecord,
  given: readonly string[],
): Record<string, string> {
  const again = Object.fromEntries(
    given.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
  const environment: Record<string, string> = { ...options.environment, ...again };
  const lost = Object.keys(environment).filter((name) => environment[name] === SECRET_MASK);
  if (lost.length > 0) throw secretsNeeded(lost, '--env');
  return environment;
}

const secretsNeeded = (names: readonly string[], flag: string): RunnerError =>
  new RunnerError('invocation-invalid', `the record does not hold the secret ${names.join(', ')}`, {
    hint: `Give it again: ${flag} ${names[0] ?? ''}=VALUE (or =@FILE for a parameter).`,
  });
