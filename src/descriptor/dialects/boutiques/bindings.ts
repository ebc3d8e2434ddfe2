import {
  SECRET_MASK,
  type Descriptor,
  type DescriptorInput,
  type Invocation,
  type InvocationValue,
  type OutputFile,
  type ScalarValue,
} from '../../model.ts';
import { numberText } from './number-text.ts';
import { tokeniser, type Tokeniser } from './template.ts';

/** Who a value-key belongs to, and the value it has in this invocation. */
export type Binding = InputBinding | OutputBinding;

export interface InputBinding {
  readonly kind: 'input';
  readonly input: DescriptorInput;
  /** Absent when the invocation gives none. */
  readonly value?: InvocationValue;
}

export interface OutputBinding {
  readonly kind: 'output';
  readonly output: OutputFile;
}

/** The values of one invocation, by input id and by value-key. */
export interface Bindings {
  readonly byId: ReadonlyMap<string, Binding>;
  readonly byKey: ReadonlyMap<string, Binding>;
  /** Cuts a template at the keys. */
  readonly cut: Tokeniser;
}

/** `masked`: secrets are asterisks, for what is shown; else the values themselves. */
export function bindings(
  descriptor: Descriptor,
  invocation: Invocation,
  masked: boolean,
): Bindings {
  const values = new Map(
    invocation.map(({ inputId, value, secret }) => [
      inputId,
      masked && secret ? maskOf(value) : value,
    ]),
  );
  const byId = new Map<string, Binding>();
  const byKey = new Map<string, Binding>();
  for (const input of descriptor.inputs) {
    const value = values.get(input.id);
    const binding: Binding = { kind: 'input', input, ...(value === undefined ? {} : { value }) };
    byId.set(input.id, binding);
    bindKey(byKey, input.valueKey, binding);
  }
  for (const output of descriptor.outputFiles) {
    byId.set(output.id, { kind: 'output', output });
    bindKey(byKey, output.valueKey, { kind: 'output', output });
  }
  return { byId, byKey, cut: tokeniser(byKey.keys()) };
}

/**
 * Inputs that exclude each other may share a key: the one that is given has it. An output-file has
 * a key only where nothing listed before it has, also when that has no value (as in bosh).
 */
function bindKey(byKey: Map<string, Binding>, key: string | undefined, binding: Binding): void {
  if (key === undefined) return;
  const earlier = byKey.get(key);
  if (earlier === undefined || presence(binding) > presence(earlier)) byKey.set(key, binding);
}

function presence(binding: Binding): number {
  if (binding.kind === 'output' || binding.value === undefined) return 0;
  return binding.value === false ? 1 : 2;
}

const maskOf = (value: InvocationValue): InvocationValue =>
  Array.isArray(value) ? value.map(() => SECRET_MASK) : SECRET_MASK;

/** The items of a value as texts; a Flag is `True` or `False`, as Boutiques' config files have it. */
export const itemTexts = (value: InvocationValue): readonly string[] =>
  (isList(value) ? value : [value]).map(scalarText);

export const isList = (value: InvocationValue): value is readonly ScalarValue[] =>
  Array.isArray(value);

function scalarText(value: ScalarValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return numberText(value);
}

/** What stands between the items of a list; a space unless the descriptor says otherwise. */
export const separatorOf = (input: DescriptorInput): string => input.list?.separator ?? ' ';
