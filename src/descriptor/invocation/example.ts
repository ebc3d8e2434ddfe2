import { printJson } from '../json/print.ts';
import { numberOf } from '../json/value.ts';
import type {
  Descriptor,
  DescriptorInput,
  Invocation,
  InvocationEntry,
  InvocationValue,
  NumberValue,
  ScalarValue,
} from '../model.ts';
import type { RawValues } from './raw.ts';
import { mended } from './mend-example.ts';
import { parseInvocation } from './parse.ts';
import { randomFrom, type Random } from './random.ts';

export interface ExampleOptions {
  /** Every input a user may set, not only those that must be. */
  readonly complete?: boolean | undefined;
  /** Other valid values than the plainest, the same for the same seed. */
  readonly random?: { readonly seed: number } | undefined;
}

/** Choices of one input that are tried to mend an example: the rules of real ones differ in the first few. */
const CHOICES_TRIED_MAX = 20;

/** An input, the value drawn for it, and whether the example is to have it. */
interface Drawn {
  readonly entry: InvocationEntry;
  readonly must: boolean;
  readonly wanted: boolean;
}

/**
 * Values a user could give: the plainest that are valid, or random ones. What the server sets is
 * left out. Where all that is wanted breaks a rule between inputs, optional inputs are taken one by
 * one, without those that break it, and what rules still ask for is added.
 */
export function exampleInvocation(
  descriptor: Descriptor,
  options: ExampleOptions = {},
): Invocation {
  const random = options.random === undefined ? undefined : randomFrom(options.random.seed);
  const users = descriptor.inputs.filter((input) => !input.setByServer);
  const drawn = users.map((input): Drawn => {
    const must = !input.optional && input.defaultValue === undefined;
    const isDrawn = random === undefined || random.next() < 0.7;
    const entry = entryOf(input, exampleValue(input, random));
    return { entry, must, wanted: must || (options.complete === true && isDrawn) };
  });
  const all = drawn.filter(({ wanted }) => wanted).map(({ entry }) => entry);
  if (faultsOf(descriptor, all) === 0) return all;
  const bound = boundByRules(descriptor, users);
  const mend = mended(oneByOne(descriptor, drawn), {
    faultsOf: (entries) => faultsOf(descriptor, entries),
    keyOf: (entries) => printInvocation(inOrder(descriptor, entries)),
    stepsFrom: (entries) => stepsFrom(entries, bound),
  });
  return inOrder(descriptor, mend);
}

const entryOf = (input: DescriptorInput, value: InvocationValue): InvocationEntry => ({
  inputId: input.id,
  value,
  source: 'user',
  secret: input.secret,
});

/** What must be there, and of the rest what mends a fault or is wanted and makes none. */
function oneByOne(descriptor: Descriptor, drawn: readonly Drawn[]): readonly InvocationEntry[] {
  let chosen = drawn.filter(({ must }) => must).map(({ entry }) => entry);
  let faults = faultsOf(descriptor, chosen);
  for (const { entry, must, wanted } of drawn) {
    if (must || (!wanted && faults === 0)) continue;
    const next = [...chosen, entry];
    const nextFaults = faultsOf(descriptor, next);
    if (nextFaults > faults || (nextFaults === faults && !wanted)) continue;
    chosen = next;
    faults = nextFaults;
  }
  return chosen;
}

/** The inputs that rules between inputs are about: changing any other mends nothing. */
function boundByRules(
  descriptor: Descriptor,
  users: readonly DescriptorInput[],
): readonly DescriptorInput[] {
  const named = new Set(descriptor.groups.flatMap(({ members }) => members));
  for (const input of users) {
    const others = [
      ...(input.requiresInputs ?? []),
      ...(input.disablesInputs ?? []),
      ...Object.values(input.valueRequires ?? {}).flat(),
      ...Object.values(input.valueDisables ?? {}).flat(),
    ];
    if (others.length > 0) named.add(input.id);
    for (const other of others) named.add(other);
  }
  return users.filter(({ id }) => named.has(id));
}

/** Each example that differs in one input: its plainest value, one of its choices, or none. */
function* stepsFrom(
  chosen: readonly InvocationEntry[],
  users: readonly DescriptorInput[],
): Generator<readonly InvocationEntry[]> {
  for (const input of users) {
    const others = chosen.filter(({ inputId }) => inputId !== input.id);
    const choices = input.valueChoices?.slice(0, CHOICES_TRIED_MAX) ?? [];
    const values = [exampleValue(input, undefined), ...(input.list === undefined ? choices : [])];
    for (const value of values) yield [...others, entryOf(input, value)];
    if (others.length < chosen.length) yield others;
  }
}

function inOrder(descriptor: Descriptor, entries: readonly InvocationEntry[]): Invocation {
  const byId = new Map(entries.map((entry) => [entry.inputId, entry]));
  return descriptor.inputs.flatMap((input) => byId.get(input.id) ?? []);
}

function faultsOf(descriptor: Descriptor, entries: readonly InvocationEntry[]): number {
  const user = rawValuesOf(entries);
  const { diagnostics } = parseInvocation(descriptor, { user }, { serverValuesOptional: true });
  return diagnostics.filter(({ strength }) => strength === 'error').length;
}

/** The values of an invocation as they would be read from a file. */
export const rawValuesOf = (entries: readonly InvocationEntry[]): RawValues =>
  Object.fromEntries(entries.map(({ inputId, value }) => [inputId, { kind: 'json', value }]));

/** An invocation as the JSON file it could be read from; numbers keep their text. */
export const printInvocation = (entries: Invocation): string =>
  printJson(new Map(entries.map(({ inputId, value }) => [inputId, value])));

function exampleValue(input: DescriptorInput, random: Random | undefined): InvocationValue {
  const { defaultValue } = input;
  // Authors write the default of a Boolean as a text too; an invocation has the value.
  if (random === undefined && input.type === 'Boolean' && typeof defaultValue === 'string')
    return defaultValue.toLowerCase() === 'true';
  if (random === undefined && defaultValue !== undefined) return defaultValue;
  if (input.list === undefined) return exampleScalar(input, random, 0);
  const { entriesMin = 1, entriesMax = Math.max(entriesMin, 3) } = input.list;
  const least = Math.ceil(Math.max(entriesMin, 1));
  const most = Math.max(least, Math.floor(entriesMax));
  const length = random === undefined ? least : random.integer(least, Math.min(most, least + 4));
  const items: ScalarValue[] = [];
  for (let index = 0; index < length; index += 1) items.push(exampleScalar(input, random, index));
  return items;
}

function exampleScalar(
  input: DescriptorInput,
  random: Random | undefined,
  index: number,
): ScalarValue {
  const choices = input.valueChoices;
  if (choices !== undefined && choices.length > 0) {
    const at =
      random === undefined ? index % choices.length : random.integer(0, choices.length - 1);
    return choices[at] ?? '';
  }
  switch (input.type) {
    case 'Number':
      return exampleNumber(input, random);
    case 'Domain':
    case 'ListDomain':
      return numberOf(String(random?.integer(1, 99_999) ?? 1_000 + index));
    case 'Boolean':
    case 'Flag':
      return random === undefined ? true : random.next() < 0.5;
    case 'File':
      return `/path/to/${input.id}${index === 0 ? '' : `-${index + 1}`}`;
    case 'Date':
      return '12:00:00';
    case 'String':
      return random === undefined
        ? `${input.id}${index === 0 ? '' : `-${index + 1}`}`
        : random.word();
  }
}

/** A number within the bounds of its input: its minimum or the middle, or anywhere in between. */
function exampleNumber(input: DescriptorInput, random: Random | undefined): NumberValue {
  const low = input.minimum?.value ?? Math.min(0, input.maximum?.value ?? 0);
  const high = input.maximum?.value ?? Math.max(low + 100, 100);
  const whole = input.integer === true;
  if (whole) {
    const first =
      Math.ceil(low) + (input.exclusiveMinimum === true && Number.isInteger(low) ? 1 : 0);
    const last =
      Math.floor(high) - (input.exclusiveMaximum === true && Number.isInteger(high) ? 1 : 0);
    return numberOf(String(random?.integer(first, Math.max(first, last)) ?? first));
  }
  const open = input.exclusiveMinimum === true || input.exclusiveMaximum === true;
  if (random === undefined && !open) return numberOf(plainNumber(low));
  const part = random === undefined ? 0.5 : Math.round(random.next() * 98 + 1) / 100;
  return numberOf(plainNumber(low + (high - low) * part));
}

const plainNumber = (value: number): string => String(Number(value.toPrecision(6)));
