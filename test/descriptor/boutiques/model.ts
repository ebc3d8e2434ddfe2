import {
  expandCommand,
  hasErrors,
  isJsonObject,
  parseDescriptor,
  parseInvocation,
  type Command,
  type Descriptor,
  type Diagnostic,
} from '../../../src/descriptor/index.ts';
import { readJson } from '../../../src/descriptor/json/read.ts';

/** Keys of a descriptor, as JSON holds them. */
export type Keys = Readonly<Record<string, unknown>>;

const WHOLE: Keys = {
  name: 't',
  'tool-version': '1',
  description: 'd',
  'schema-version': '0.5',
};

/** The text of a descriptor that is whole but for what is given. */
export const descriptorText = (keys: Keys): string => JSON.stringify({ ...WHOLE, ...keys });

/** A String input with the key `[ID]`, or whatever else is given. */
export const input = (id: string, keys: Keys = {}): Keys => ({
  id,
  name: id,
  type: 'String',
  'value-key': `[${id.toUpperCase()}]`,
  ...keys,
});

/** Reads a descriptor that must be without errors. */
export function descriptorOf(keys: Keys): Descriptor {
  const { descriptor, diagnostics } = parseDescriptor(descriptorText(keys));
  if (descriptor === undefined || hasErrors(diagnostics))
    throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return descriptor;
}

/** What is told of a descriptor and, when it has no errors, of values for it (as JSON text). */
export function diagnosticsOf(text: string, values?: string): readonly Diagnostic[] {
  const { descriptor, diagnostics } = parseDescriptor(text, { dialect: 'boutiques-0.5' });
  if (descriptor === undefined || values === undefined || hasErrors(diagnostics))
    return diagnostics;
  const { document } = readJson(values);
  const root = isJsonObject(document?.root) ? document.root : new Map<string, never>();
  const user = Object.fromEntries(
    [...root].map(([id, value]) => [id, { kind: 'json', value } as const]),
  );
  return [...diagnostics, ...parseInvocation(descriptor, { user }, { document }).diagnostics];
}

/** The command of a descriptor for values that must be right. */
export function commandOf(
  keys: Keys,
  values: Keys | string,
  secrets: readonly string[] = [],
): Command {
  const descriptor = descriptorOf({
    ...keys,
    ...(secrets.length > 0 ? { custom: { 'cyto-run': { secrets } } } : {}),
  });
  const text = typeof values === 'string' ? values : JSON.stringify(values);
  const root = readJson(text).document?.root;
  if (!isJsonObject(root)) throw new Error('values are an object');
  const user = Object.fromEntries(
    [...root].map(([id, value]) => [id, { kind: 'json', value } as const]),
  );
  const { invocation, diagnostics } = parseInvocation(descriptor, { user });
  if (invocation === undefined)
    throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return expandCommand(descriptor, invocation, { workingDirectory: '/work' });
}

export const lineOf = (command: Command): string => command.argv.at(-1) ?? '';
