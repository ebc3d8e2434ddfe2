import { printJson } from '../json/print.ts';
import { type JsonValue, numberOf } from '../json/value.ts';
import type { Descriptor, DescriptorInput, NumberValue, ScalarValue } from '../model.ts';
import { textOf } from './check-value.ts';

type Schema = Readonly<Record<string, unknown>>;

/**
 * A JSON Schema (2020-12) of the invocations of one descriptor, with titles and descriptions for an
 * editor. What only a user may set is in it; what the server sets is not. Rules between inputs that
 * JSON Schema can say are in it too (required, groups, requires and disables). Its numbers are those
 * of JavaScript: `printInvocationSchema` gives a text that keeps ids of twenty digits.
 */
export const invocationSchema = (descriptor: Descriptor): Schema =>
  plainTree(schemaOf(descriptor)) as Schema;

/** The same as JSON text, with every number as the descriptor has it. Ends with a line break. */
export const printInvocationSchema = (descriptor: Descriptor): string =>
  printJson(jsonTree(schemaOf(descriptor)));

function plainTree(value: unknown): unknown {
  if (isNumberValue(value)) return value.value;
  if (Array.isArray(value)) return value.map(plainTree);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainTree(item)]));
}

function jsonTree(value: unknown): JsonValue {
  if (isNumberValue(value)) return value;
  if (typeof value === 'number') return numberOf(String(value));
  if (Array.isArray(value)) return value.map(jsonTree);
  if (typeof value !== 'object' || value === null) return value as JsonValue;
  return new Map(Object.entries(value).map(([key, item]) => [key, jsonTree(item)]));
}

const isNumberValue = (value: unknown): value is NumberValue =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'number';

/** The schema with its numbers as they were written. */
function schemaOf(descriptor: Descriptor): Schema {
  const inputs = descriptor.inputs.filter((input) => !input.setByServer);
  const required = inputs
    .filter((input) => !input.optional && input.defaultValue === undefined)
    .map((input) => input.id);
  const rules = [...groupRules(descriptor), ...relationRules(descriptor, inputs)];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `Invocation of ${descriptor.name}`,
    ...(descriptor.description === undefined ? {} : { description: descriptor.description }),
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'The address of this schema, for editors.' },
      ...Object.fromEntries(
        inputs.map((input) => [input.id, inputSchema(input, descriptor.dialect)]),
      ),
    },
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    ...(rules.length === 0 ? {} : { allOf: rules }),
  };
}

function inputSchema(input: DescriptorInput, dialect: Descriptor['dialect']): Schema {
  const item = itemSchema(input);
  const { list } = input;
  const shape: Schema =
    list === undefined
      ? item
      : {
          type: 'array',
          items: item,
          ...(list.entriesMin === undefined ? {} : { minItems: list.entriesMin }),
          ...(list.entriesMax === undefined ? {} : { maxItems: list.entriesMax }),
        };
  const joined = list !== undefined && dialect === 'cytomine-0.1';
  return {
    title: input.name,
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(joined
      ? { anyOf: [shape, { type: 'string', description: 'Items joined by commas.' }] }
      : shape),
    ...(input.defaultValue === undefined || input.secret ? {} : { default: input.defaultValue }),
    ...(input.secret ? { writeOnly: true } : {}),
  };
}

function itemSchema(input: DescriptorInput): Schema {
  if (input.valueChoices !== undefined) return { enum: choicesOf(input, input.valueChoices) };
  switch (input.type) {
    case 'Number':
      return { type: input.integer === true ? 'integer' : 'number', ...range(input) };
    case 'Domain':
    case 'ListDomain':
      return { type: 'integer' };
    case 'Boolean':
    case 'Flag':
      return { type: 'boolean' };
    case 'String':
    case 'File':
    case 'Date':
      return { type: 'string' };
  }
}

/** Choices of a Number that are written as texts may be given as numbers too; none is there twice. */
function choicesOf({ type }: DescriptorInput, choices: readonly ScalarValue[]): ScalarValue[] {
  const numbers = choices.flatMap((choice) =>
    type === 'Number' && typeof choice === 'string' && Number.isFinite(Number(choice || NaN))
      ? [numberOf(String(Number(choice)))]
      : [],
  );
  const byIdentity = new Map(
    [...choices, ...numbers].map((choice) => [identityOf(choice), choice]),
  );
  return [...byIdentity.values()];
}

/** What JSON Schema compares by: numbers by what they are, unless JavaScript's are too short for it. */
function identityOf(choice: ScalarValue): unknown {
  if (typeof choice !== 'object') return choice;
  return Math.abs(choice.value) <= Number.MAX_SAFE_INTEGER ? choice.value : `number ${choice.text}`;
}

function range(input: DescriptorInput): Schema {
  const { minimum, maximum } = input;
  return {
    ...(minimum === undefined
      ? {}
      : { [input.exclusiveMinimum === true ? 'exclusiveMinimum' : 'minimum']: minimum }),
    ...(maximum === undefined
      ? {}
      : { [input.exclusiveMaximum === true ? 'exclusiveMaximum' : 'maximum']: maximum }),
  };
}

/** Given, and for a Flag given as true: a flag that is false counts as absent. */
const given = (descriptor: Descriptor, id: string): Schema =>
  descriptor.inputs.find((input) => input.id === id)?.type === 'Flag'
    ? { required: [id], properties: { [id]: { const: true } } }
    : { required: [id] };

function groupRules(descriptor: Descriptor): Schema[] {
  return descriptor.groups.flatMap((group) => {
    const each = group.members.map((id) => given(descriptor, id));
    const rules: Schema[] = [];
    if (group.oneIsRequired) rules.push({ title: group.name, anyOf: each });
    if (group.mutuallyExclusive) {
      rules.push({ title: group.name, oneOf: [...each, { not: { anyOf: each } }] });
    }
    if (group.allOrNone) {
      rules.push({ title: group.name, anyOf: [{ allOf: each }, { not: { anyOf: each } }] });
    }
    return rules;
  });
}

/** What an input that is given, or has one of its choices, asks of the others. */
function relationRules(descriptor: Descriptor, inputs: readonly DescriptorInput[]): Schema[] {
  const known = new Set(inputs.map((input) => input.id));
  // What has a default is there without being given.
  const absent = new Set(
    inputs.filter((input) => input.defaultValue === undefined).map((input) => input.id),
  );
  const rule = (
    when: Schema,
    requires: readonly string[],
    disables: readonly string[],
  ): Schema[] => {
    const needs = requires.flatMap((id) => needed(descriptor, id, absent));
    const excludes = disables.filter((id) => known.has(id)).map((id) => given(descriptor, id));
    if (needs.length === 0 && excludes.length === 0) return [];
    return [
      {
        if: when,
        then: {
          ...(needs.length === 0 ? {} : { allOf: needs }),
          ...(excludes.length === 0 ? {} : { not: { anyOf: excludes } }),
        },
      },
    ];
  };
  return inputs.flatMap((input) => [
    ...rule(given(descriptor, input.id), input.requiresInputs ?? [], input.disablesInputs ?? []),
    ...(input.valueChoices ?? []).flatMap((choice) =>
      rule(
        chosen(input, choice),
        byChoice(input.valueRequires, choice),
        byChoice(input.valueDisables, choice),
      ),
    ),
  ]);
}

/** That an input is given, or one of a group; nothing where a default is there already. */
function needed(descriptor: Descriptor, id: string, absent: ReadonlySet<string>): Schema[] {
  const group = descriptor.groups.find((one) => one.id === id);
  if (group === undefined) return absent.has(id) ? [given(descriptor, id)] : [];
  if (!group.members.every((member) => absent.has(member))) return [];
  return [{ anyOf: group.members.map((member) => given(descriptor, member)) }];
}

const chosen = ({ id, list }: DescriptorInput, choice: ScalarValue): Schema => {
  const same = { const: choice };
  return { required: [id], properties: { [id]: list === undefined ? same : { contains: same } } };
};

const byChoice = (
  rules: DescriptorInput['valueRequires'],
  choice: ScalarValue,
): readonly string[] => {
  const text = textOf(choice);
  return rules !== undefined && Object.hasOwn(rules, text) ? (rules[text] ?? []) : [];
};
