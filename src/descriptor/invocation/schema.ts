import type { Descriptor, DescriptorInput, ScalarValue } from '../model.ts';

type Schema = Readonly<Record<string, unknown>>;

/**
 * A JSON Schema (2020-12) of the invocations of one descriptor, with titles and descriptions for an
 * editor. What only a user may set is in it; what the server sets is not. Rules between inputs that
 * JSON Schema can say are in it too (required, groups, requires and disables).
 */
export function invocationSchema(descriptor: Descriptor): Schema {
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
    ...(input.defaultValue === undefined || input.secret
      ? {}
      : { default: plain(input.defaultValue) }),
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

/** Choices of a Number that are written as texts may be given as numbers too. */
function choicesOf({ type }: DescriptorInput, choices: readonly ScalarValue[]): unknown[] {
  const numbers = choices.flatMap((choice) =>
    type === 'Number' && typeof choice === 'string' && choice.trim() !== '' ? [Number(choice)] : [],
  );
  return [...new Set([...choices.map(plain), ...numbers.filter(Number.isFinite)])];
}

function range(input: DescriptorInput): Schema {
  const { minimum, maximum } = input;
  return {
    ...(minimum === undefined
      ? {}
      : { [input.exclusiveMinimum === true ? 'exclusiveMinimum' : 'minimum']: minimum.value }),
    ...(maximum === undefined
      ? {}
      : { [input.exclusiveMaximum === true ? 'exclusiveMaximum' : 'maximum']: maximum.value }),
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

function relationRules(descriptor: Descriptor, inputs: readonly DescriptorInput[]): Schema[] {
  const known = new Set(inputs.map((input) => input.id));
  // What has a default is there without being given.
  const absent = new Set(
    inputs.filter((input) => input.defaultValue === undefined).map((input) => input.id),
  );
  return inputs.flatMap((input) => {
    const needs = (input.requiresInputs ?? []).filter((id) => absent.has(id));
    const excludes = (input.disablesInputs ?? []).filter((id) => known.has(id));
    if (needs.length === 0 && excludes.length === 0) return [];
    const each = (ids: readonly string[]): Schema[] => ids.map((id) => given(descriptor, id));
    return [
      {
        if: given(descriptor, input.id),
        then: {
          ...(needs.length === 0 ? {} : { allOf: each(needs) }),
          ...(excludes.length === 0 ? {} : { not: { anyOf: each(excludes) } }),
        },
      },
    ];
  });
}

function plain(value: ScalarValue | readonly ScalarValue[]): unknown {
  if (typeof value !== 'object') return value;
  return 'text' in value ? value.value : value.map(plain);
}
