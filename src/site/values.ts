import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  hasErrors,
  parseInvocationText,
  type Descriptor,
  type RawValue,
  type RawValues,
} from '../descriptor/index.ts';
import type { Caller } from './caller.ts';
import { readTextFile } from './text-file.ts';

/** What the command line says about values, before the descriptor has been asked about it. */
export interface ValueFlags {
  /** `id=value`, repeatable. */
  readonly params: readonly string[];
  readonly serverParams: readonly string[];
  readonly invocationFile?: string | undefined;
  /** Flags of the descriptor's own names: `--threshold 5`. */
  readonly named: Readonly<Record<string, readonly string[]>>;
  /** Values that need not be read from anywhere; the others replace them. */
  readonly known?: RawValues;
  /** Server-set values from configuration. */
  readonly serverDefaults: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * Values by input id, as given. The invocation file comes first; `--param` and the descriptor's own
 * flags replace what it says. Throws `usage` for text that is not `id=value`,
 * `input-missing` and `invocation-invalid` for a bad file.
 */
export async function gatherValues(
  descriptor: Descriptor,
  flags: ValueFlags,
  caller: Caller,
): Promise<{ user: RawValues; server: RawValues }> {
  const fromFile =
    flags.invocationFile === undefined
      ? {}
      : await readInvocationFile(flags.invocationFile, caller);
  const params = await assignments(flags.params, '--param', caller);
  const serverParams = await assignments(flags.serverParams, '--server-param', caller);
  const declared = new Set(descriptor.inputs.map(({ id }) => id));
  const defaults = Object.fromEntries(
    Object.entries(flags.serverDefaults).filter(([id]) => declared.has(id)),
  );
  return {
    user: { ...flags.known, ...fromFile, ...texts(merged(params, flags.named)) },
    server: texts({
      ...mapValues(defaults, (value): readonly string[] =>
        typeof value === 'string' ? [value] : value,
      ),
      ...serverParams,
    }),
  };
}

/** Values of `--param` and `--server-param` alone. Throws as `gatherValues` does. */
export async function valuesOfFlags(
  { params, serverParams }: Pick<ValueFlags, 'params' | 'serverParams'>,
  caller: Caller,
): Promise<{ user: RawValues; server: RawValues }> {
  return {
    user: texts(await assignments(params, '--param', caller)),
    server: texts(await assignments(serverParams, '--server-param', caller)),
  };
}

type Texts = Record<string, readonly string[]>;

const texts = (values: Texts): Record<string, RawValue> =>
  mapValues(values, (items) => ({ kind: 'text', texts: items }));

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [id, change(value)]));
}

function merged(first: Texts, second: Readonly<Record<string, readonly string[]>>): Texts {
  const all = new Map(Object.entries(first));
  for (const [id, items] of Object.entries(second)) all.set(id, [...(all.get(id) ?? []), ...items]);
  return Object.fromEntries(all);
}

/** `id=value` texts by id; a value `@FILE` is the file's text, `@-` standard input, `@@x` is `@x`. */
async function assignments(given: readonly string[], flag: string, caller: Caller): Promise<Texts> {
  const values = new Map<string, string[]>();
  for (const text of given) {
    const at = text.indexOf('=');
    if (at < 1)
      throw new RunnerError(
        'usage',
        `${flag} ${JSON.stringify(text)} is not of the form id=value`,
        {
          hint: `For example ${flag} threshold=5.`,
        },
      );
    const id = text.slice(0, at);
    const value = await valueOf(text.slice(at + 1), caller);
    values.set(id, [...(values.get(id) ?? []), value]);
  }
  return Object.fromEntries(values);
}

async function valueOf(text: string, caller: Caller): Promise<string> {
  if (!text.startsWith('@')) return text;
  if (text.startsWith('@@')) return text.slice(1);
  const value = await readTextFile(text.slice(1), caller, {
    bytesMax: LIMITS.invocationBytesMax,
    purpose: {
      code: 'input-missing',
      hint: 'Behind @ stands the path of a file whose text is the value; @@ begins a value that has an @ itself.',
    },
  });
  return value.replace(/\r?\n$/, '');
}

async function readInvocationFile(given: string, caller: Caller): Promise<RawValues> {
  const text = await readTextFile(given, caller, {
    bytesMax: LIMITS.invocationBytesMax,
    purpose: {
      code: 'input-missing',
      hint: 'Give the path of a JSON or YAML file of values; `cyto-run example` writes one.',
    },
  });
  const format = /\.ya?ml$/i.test(given) ? 'yaml' : 'json';
  const { values, diagnostics } = await parseInvocationText(text, format);
  if (values === undefined || hasErrors(diagnostics)) {
    const { formatDiagnostics } = await import('../report/diagnostics/index.ts');
    throw new RunnerError(
      'invocation-invalid',
      `${given} is not an invocation\n${formatDiagnostics(diagnostics, { fileName: given, text })}`,
      {
        hint: 'An invocation is an object of values by input id; `cyto-run example` writes one.',
        details: { diagnostics },
      },
    );
  }
  return values;
}
