import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { isWebUrl } from '../../base/web-url.ts';
import type { Submission } from '../../client/index.ts';
import type {
  Descriptor,
  InvocationEntry,
  InvocationValue,
  RawValues,
  ScalarValue,
} from '../../descriptor/index.ts';
import { gatherValues, type Caller, type RunFlags } from '../../site/index.ts';

/** Flags of `run` that a server takes as they are. */
const PASSED = [
  ...(['memory', 'cpus', 'timeout', 'stop-grace', 'retries', 'retry-memory', 'gpus'] as const),
  ...(['network', 'user', 'engine', 'cluster', 'scheduler', 'use-image', 'pull', 'mount'] as const),
];

/**
 * The options of a submission: what was said by flags. What this machine's configuration says holds for
 * runs of this machine; the server has its own. Throws `usage` for a flag that makes sense only here.
 */
export function submittedOptions(
  flags: RunFlags,
  env: Readonly<Record<string, string | undefined>>,
): NonNullable<Submission['options']> {
  if (flags.build === true)
    throw new RunnerError('usage', "--build is about this machine, and the run is a server's", {
      hint: 'Push the image, and give its name with --use-image; or --server local.',
    });
  const isWritable = flags['no-read-only'] === true || flags['read-only'] === false;
  return {
    ...Object.fromEntries(
      PASSED.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
    ),
    ...(isWritable ? { 'read-only': false } : {}),
    ...(flags.env === undefined ? {} : { env: flags.env.map((given) => withValue(given, env)) }),
  };
}

/** The values that flags and files give for an app of a server. Throws as `gatherValues` does. */
export const givenValues = (
  descriptor: Descriptor,
  flags: RunFlags,
  named: Readonly<Record<string, readonly string[]>>,
  caller: Caller,
): Promise<{ user: RawValues; server: RawValues }> =>
  gatherValues(
    descriptor,
    {
      params: flags.param ?? [],
      serverParams: flags['server-param'] ?? [],
      invocationFile: flags.invocation,
      named,
      // Those of this machine's configuration are for this machine's platform.
      serverDefaults: {},
    },
    caller,
  );

/** `NAME` alone passes the caller's own on: the server does not have it. */
function withValue(given: string, env: Readonly<Record<string, string | undefined>>): string {
  if (given.includes('=')) return given;
  const value = env[given];
  if (value === undefined)
    throw new RunnerError('usage', `--env ${given} is to be passed on, but is not set here`);
  return `${given}=${value}`;
}

/** A reference to a file in place of its path here. */
export type FileReference = string | { readonly upload: string };

/**
 * Checked values as JSON; numbers keep every digit. Files are what `referTo` makes of their absolute paths,
 * and URLs stay what they are.
 *
 * @param cwd where relative paths are taken from
 */
export function submittedValues(
  { inputs }: Descriptor,
  invocation: readonly InvocationEntry[],
  cwd: string,
  referTo: (path: string) => FileReference,
): Record<string, unknown> {
  const file = (value: string): unknown =>
    isWebUrl(value) ? { url: value } : referTo(posix.resolve(cwd, value));
  const files = new Set(inputs.filter(({ type }) => type === 'File').map(({ id }) => id));
  return Object.fromEntries(
    invocation.map(({ inputId, value }) => [
      inputId,
      mapped(value, (scalar) => (files.has(inputId) ? file(textOf(scalar)) : jsonOf(scalar))),
    ]),
  );
}

/** Values as they were typed. */
export const submittedTexts = (values: RawValues): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([id, raw]) => [
      id,
      raw.kind === 'text' ? (raw.texts.length === 1 ? raw.texts[0] : raw.texts) : raw.value,
    ]),
  );

const mapped = (value: InvocationValue, change: (scalar: ScalarValue) => unknown): unknown =>
  Array.isArray(value)
    ? (value as readonly ScalarValue[]).map(change)
    : change(value as ScalarValue);

export const textOf = (scalar: ScalarValue): string =>
  typeof scalar === 'object' ? scalar.text : String(scalar);

/** Numbers go out with the digits they came with (a command line's `+5` is no JSON). */
const jsonOf = (scalar: ScalarValue): unknown =>
  typeof scalar === 'object' && JSON_NUMBER.test(scalar.text)
    ? rawJson(scalar.text)
    : typeof scalar === 'object'
      ? scalar.value
      : scalar;

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** ECMAScript's `JSON.rawJSON` (2026), which the compiler does not know yet. */
const rawJson = (text: string): unknown =>
  (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(text);
