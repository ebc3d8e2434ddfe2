import { posix } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import type { Descriptor, JsonObject, RawValues } from '../descriptor/index.ts';
import { imageReference, type QueuePlace } from '../runner/index.ts';
import {
  descriptorOf,
  prepareRun,
  withSecretInputs,
  type Caller,
  type Configuration,
  type DescriptorFile,
  type Preparation,
  type RunFlags,
} from '../site/index.ts';
import type { WebhookText } from '../site/webhooks/index.ts';
import type { AppStore, StoredApp } from '../store/index.ts';
import { admission, type Admission } from './access/admission.ts';
import { assertOptionsAllowed, assertVariablesGiven } from './access/option-rules.ts';
import type { ServerContext } from './context.ts';
import type { Principal } from './http/principal.ts';
import { changedPlace, heldPlace } from './queue/change-place.ts';
import { readFolders, type ReadFolders } from './references/read-folders.ts';
import {
  referencePorts,
  type Asking,
  type ReferenceSources,
} from './references/reference-ports.ts';
import { resolveReferences } from './references/resolve-references.ts';
import { flagsOf, type SubmittedOptions } from './submitted-options.ts';

/** How a run stands in the queue. */
export interface Placing {
  readonly priority?: number;
  readonly hold?: boolean | string;
  readonly deadline?: string;
  readonly notBefore?: string;
}

/** What a client asks for: one app, with values. */
export interface Submission extends Placing {
  /** `NAME` (its newest version that may be run) or `NAME@VERSION`. */
  readonly app?: string;
  /** In place of an app that is known: the descriptor itself, as an object or as its text. */
  readonly descriptor?: object | string;
  readonly folders?: ReadFolders & { readonly out?: string };
  readonly options?: SubmittedOptions;
  /** Who is told of it. */
  readonly webhook?: Pick<WebhookText, 'url' | 'secret' | 'states'>;
}

/** Values by input id, their numbers as they were written. */
export interface SubmittedValues {
  readonly user: RawValues;
  readonly server: RawValues;
}

export type SubmissionContext = Pick<ServerContext, 'store' | 'configurations'> &
  Pick<ServerContext, 'clock'> &
  Pick<ReferenceSources, 'uploads'>;

/**
 * A submission, ready to be queued: checked as a run on the command line would be. Throws what that
 * throws, what `submittedFacts` throws, and what `changedPlace` throws.
 */
export async function prepareSubmission(
  submission: Submission,
  values: SubmittedValues,
  asking: Asking,
  context: SubmissionContext,
): Promise<{ readonly file: DescriptorFile; readonly prepared: Preparation }> {
  const { values: gathered, ...common } = await submittedFacts(submission, values, asking, context);
  const prepared = await prepareRun({ ...common, named: {}, gathered });
  assertOptionsAllowed(prepared.created.options, asking.principal);
  const queue = queuePlace(submission, asking.principal, context.clock.now());
  return { file: common.file, prepared: { ...prepared, created: { ...prepared.created, queue } } };
}

/** What a submission says of all its runs, read and found: app, flags, configuration and values. */
export interface SubmittedFacts {
  /** Its descriptor marks as secret whatever is one. */
  readonly file: DescriptorFile;
  readonly flags: RunFlags;
  readonly configuration: Configuration;
  /** Nothing is referred to in them any more. */
  readonly values: SubmittedValues;
  readonly caller: Caller;
  /** Refuses files and folders that its submitter may not name. */
  readonly admit: Admission['inputs'];
}

/**
 * Throws `app-not-found`, `app-disabled`, `descriptor-invalid`, what reading the options throws, and
 * what is wrong with references and mounts.
 */
export async function submittedFacts(
  submission: Submission,
  values: SubmittedValues,
  asking: Asking,
  context: SubmissionContext,
): Promise<SubmittedFacts> {
  const { options = {} } = submission;
  assertVariablesGiven(options.env ?? []);
  const found = await chosenApp(submission, context.store.server.apps);
  const { folders: { out, ...read } = {} } = submission;
  const flags: RunFlags = {
    ...found.flags,
    ...flagsOf(options),
    ...(await readFolders(read, asking.principal, context.uploads)),
    ...(out === undefined ? {} : { out }),
  };
  const configuration = await context.configurations.with(flags);
  const admitted = admissionOf(configuration, asking, context);
  await admitted.mounts(options.mount ?? []);
  await admitted.image(namedImage(submission, found.file));
  const { values: given, secretInputs } = await resolvedValues(
    values,
    found.file.descriptor,
    asking,
    context,
  );
  const file = { ...found.file, descriptor: withSecretInputs(found.file.descriptor, secretInputs) };
  return {
    file,
    flags,
    // What may be mounted was looked at.
    configuration: { ...configuration, mountRoots: undefined },
    values: {
      user: given.user,
      server: { ...textValues(configuration.serverParameters, file), ...given.server },
    },
    // Nobody's working folder is that of a client: relative paths lead nowhere.
    caller: callerIn('/'),
    admit: admitted.inputs,
  };
}

/** What of this machine's files the caller's runs may name: what is below `mount-roots`, and its uploads. */
export const admissionOf = (
  { mountRoots = [] }: Pick<Configuration, 'mountRoots'>,
  { principal, wanted }: Pick<Asking, 'principal'> & Partial<Asking>,
  { uploads }: Pick<SubmissionContext, 'uploads'>,
): Admission =>
  admission(
    mountRoots,
    (path) => wanted?.isWanted(path) === true || uploads.isOwn(path, principal),
  );

/** Values of a request with what they refer to in its place. Throws what `resolveReferences` throws. */
export async function resolvedValues(
  values: SubmittedValues,
  descriptor: Descriptor,
  asking: Asking,
  { store, uploads }: Pick<SubmissionContext, 'store' | 'uploads'>,
): Promise<{ readonly values: SubmittedValues; readonly secretInputs: ReadonlySet<string> }> {
  const ports = referencePorts({ secrets: store.server.secrets, uploads }, asking);
  const user = await resolveReferences(values.user, descriptor, ports);
  const server = await resolveReferences(values.server, descriptor, ports);
  return {
    values: { user: user.values, server: server.values },
    secretInputs: new Set([...user.secretInputs, ...server.secretInputs]),
  };
}

export const callerIn = (cwd: string): Caller => ({
  env: process.env,
  cwd,
  readStdin: () => Promise.resolve(Buffer.alloc(0)),
});

/** The place in the queue that is asked for. Throws what `changedPlace` throws. */
export function queuePlace(
  { hold = false, priority, deadline, notBefore }: Placing,
  principal: Principal,
  now: Date,
): QueuePlace {
  const usual = { submitter: principal.name, priority: 0 };
  const place = {
    ...(priority === undefined ? {} : { priority }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(notBefore === undefined ? {} : { notBefore }),
  };
  const placed = changedPlace(usual, place, principal, now);
  if (hold === false) return placed;
  return heldPlace(placed, principal, hold === true ? undefined : hold, now);
}

/** Server-set values of the configuration, of those that the app takes. */
function textValues(
  configured: Readonly<Record<string, string | readonly string[]>>,
  { descriptor }: DescriptorFile,
): RawValues {
  const declared = new Set(descriptor.inputs.map(({ id }) => id));
  return Object.fromEntries(
    Object.entries(configured)
      .filter(([id]) => declared.has(id))
      .map(([id, value]) => [id, { kind: 'text', texts: [value].flat() }]),
  );
}

/** Values of one object of a request's body. */
export const valuesOfBody = (body: JsonObject, member: string): RawValues => {
  const given = body.get(member);
  return given instanceof Map
    ? Object.fromEntries(
        [...(given as JsonObject)].map(([id, value]) => [id, { kind: 'json', value }]),
      )
    : {};
};

/** What is to be run, and what of its flags comes with it. */
interface ChosenApp {
  readonly file: DescriptorFile;
  readonly flags: Pick<RunFlags, 'use-image'>;
}

async function chosenApp({ app, descriptor }: Submission, apps: AppStore): Promise<ChosenApp> {
  if ((app === undefined) === (descriptor === undefined))
    throw new RunnerError(
      'request-invalid',
      app === undefined ? 'which app?' : 'app and descriptor are both given',
      { hint: 'Give `app` (a name, or name@version) or `descriptor`, one of them.' },
    );
  if (app !== undefined) {
    const known = runnable(app, apps);
    const flags = known.fromImage === undefined ? {} : { 'use-image': known.fromImage };
    return { file: await fileOfApp(known), flags };
  }
  const text = typeof descriptor === 'string' ? descriptor : JSON.stringify(descriptor, null, 2);
  return { file: await descriptorOf(text, '/descriptor.json', 'descriptor'), flags: {} };
}

/** The image that the submitter names, not who registered the app: empty where there is none. */
function namedImage({ app, options = {} }: Submission, { descriptor }: DescriptorFile): string {
  const override = options['use-image'];
  if (override !== undefined) return String(override);
  return app === undefined ? imageReference(descriptor, undefined) : '';
}

export const fileOfApp = ({
  name,
  version,
  descriptorText,
  dialect,
}: StoredApp): Promise<DescriptorFile> =>
  descriptorOf(
    descriptorText,
    posix.join('/apps', name, version, 'descriptor.json'),
    `${name}@${version}`,
    { dialect, lenient: true },
  );

/** The version that is meant, if it may be run. Throws `app-not-found`, `app-disabled`. */
function runnable(reference: string, apps: AppStore): StoredApp {
  const at = reference.lastIndexOf('@');
  if (at > 0) {
    const app = apps.read(reference.slice(0, at), reference.slice(at + 1));
    if (app.enabled) return app;
    throw disabled(reference);
  }
  const versions = apps.versions(reference);
  const [newest] = versions;
  // Asked for the error it throws.
  if (newest === undefined) return apps.read(reference, '');
  const usable = versions.filter(({ enabled }) => enabled);
  const chosen = usable.find(({ deprecated }) => deprecated === undefined) ?? usable[0];
  if (chosen === undefined) throw disabled(reference);
  return chosen;
}

const disabled = (app: string): RunnerError =>
  new RunnerError('app-disabled', `${app} is disabled on this server`, {
    hint: 'Use another version, or ask who runs the server.',
  });
