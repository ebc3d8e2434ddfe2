import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

import {
  type Descriptor,
  type Diagnostic,
  hasErrors,
  invocationSchema,
  parseDescriptor,
  parseInvocation,
  parseInvocationText,
  printInvocationSchema,
  type RawValue,
} from '../../src/descriptor/index.ts';
import { descriptor, input } from './bad/descriptor-cases.ts';
import { descriptorText, input as boutiquesInput } from './boutiques/model.ts';

const option = (id: string): Readonly<Record<string, unknown>> =>
  boutiquesInput(id, { optional: true });
const textOf = (...texts: string[]): RawValue => ({ kind: 'text', texts });
const server = (names: readonly string[]): Record<string, RawValue> =>
  Object.fromEntries(names.map((name) => [name, textOf('1')]));
const FIVE = server([
  'cytomine_host',
  'cytomine_public_key',
  'cytomine_private_key',
  'cytomine_id_project',
  'cytomine_id_software',
]);

const cytomine = (...inputs: Readonly<Record<string, unknown>>[]): Descriptor =>
  parseDescriptor(JSON.stringify(descriptor(inputs))).descriptor!;

const boutiques = (...inputs: Readonly<Record<string, unknown>>[]): Descriptor =>
  parseDescriptor(
    JSON.stringify({
      name: 'x',
      description: 'x',
      'schema-version': '0.5',
      'tool-version': '1',
      'command-line': inputs.map(({ id }) => `[${String(id).toUpperCase()}]`).join(' '),
      inputs: inputs.map((one) => ({
        name: 'x',
        'value-key': `[${String(one['id']).toUpperCase()}]`,
        optional: true,
        ...one,
      })),
    }),
  ).descriptor!;

const codes = (diagnostics: readonly Diagnostic[]): string[] => diagnostics.map(({ code }) => code);

function valueOf(one: Descriptor, id: string, raw: RawValue): unknown {
  const { invocation, diagnostics } = parseInvocation(one, { user: { [id]: raw }, server: FIVE });
  if (invocation === undefined) return codes(diagnostics);
  return invocation.find(({ inputId }) => inputId === id)?.value;
}

const number = (text: string): unknown => ({ kind: 'number', text, value: Number(text) });

describe('choices of a Number that are written as texts', () => {
  const choices = boutiques({
    id: 'n',
    type: 'Number',
    'value-choices': ['auto', '6', 7],
    'default-value': 'auto',
  });
  const told = (raw: RawValue): readonly string[] =>
    parseInvocation(choices, { user: { n: raw } }).diagnostics.map(({ message }) => message);

  test('may be given as they stand, and as numbers too', () => {
    expect(valueOf(choices, 'n', textOf('auto'))).toBe('auto');
    expect(valueOf(choices, 'n', textOf('6'))).toEqual(number('6'));
    expect(valueOf(choices, 'n', { kind: 'json', value: '6' })).toBe('6');
    expect(valueOf(choices, 'n', { kind: 'json', value: 'auto' })).toBe('auto');
    expect(parseInvocation(choices, { user: {} }).invocation?.[0]?.value).toBe('auto');
    expect(invocationSchema(choices)).toMatchObject({
      properties: { n: { enum: ['auto', '6', 7, 6], default: 'auto' } },
    });
  });

  test('are named where something else is given', () => {
    expect(told(textOf('off'))).toEqual([
      '`n` should be one of its choices, "auto", "6", "7", but is "off".',
    ]);
    expect(told(textOf('8'))).toEqual([
      '`n` is "8", which is none of its choices: "auto", "6", "7".',
    ]);
  });
});

/** Numbers of JSON are written by their digits: JavaScript's own cannot hold these. */
const LONG_CHOICES = `{
  "name": "x", "description": "x", "schema-version": "0.5", "tool-version": "1",
  "command-line": "x [N] [S]",
  "inputs": [
    { "id": "n", "name": "n", "type": "Number", "value-key": "[N]", "optional": true,
      "value-choices": [12345678901234567890, 12345678901234567891, 1.0],
      "default-value": 12345678901234567891 },
    { "id": "s", "name": "s", "type": "String", "value-key": "[S]", "optional": true,
      "value-choices": [12345678901234567890, 12345678901234567891] }
  ]
}`;

test('the schema of invocations knows what a choice, an input and a group ask of the others', () => {
  const one = parseDescriptor(
    descriptorText({
      'command-line': 'x [A] [B] [C] [D]',
      inputs: [
        {
          ...option('a'),
          'value-choices': ['x', 'y'],
          'value-requires': { x: ['b'], y: [] },
          'value-disables': { x: [], y: ['c'] },
        },
        option('b'),
        option('c'),
        { ...option('d'), 'requires-inputs': ['either'] },
      ],
      groups: [{ id: 'either', name: 'B or C', members: ['b', 'c'] }],
    }),
  ).descriptor!;
  const fits = new Ajv2020().compile(invocationSchema(one));
  const told = (values: Readonly<Record<string, string>>): boolean => fits(values);
  expect([told({ a: 'x', b: '1' }), told({ a: 'x' })]).toEqual([true, false]);
  expect([told({ a: 'y', b: '1' }), told({ a: 'y', c: '1' })]).toEqual([true, false]);
  expect([told({ d: '1', c: '1' }), told({ d: '1' })]).toEqual([true, false]);
});

describe('numbers longer than those of JavaScript', () => {
  test('stay as they are written in the schema that is printed', () => {
    const { descriptor: read } = parseDescriptor(LONG_CHOICES);
    const printed = printInvocationSchema(read!);
    expect(printed).toContain('"enum": [12345678901234567890, 12345678901234567891, 1.0]');
    expect(printed).toContain('"default": 12345678901234567891');
    expect(JSON.parse(printed)).toEqual(invocationSchema(read!));
  });

  test('are told apart, and told with all their digits', () => {
    const { diagnostics } = parseDescriptor(LONG_CHOICES);
    expect(codes(diagnostics)).toEqual(['boutiques.choice-kind', 'boutiques.choice-kind']);
    expect(diagnostics[1]?.mend).toBe('Put it in quotes: "12345678901234567891".');
  });
});

test('a number in quotes in a file is told to lose them', () => {
  const one = boutiques({ id: 'n', type: 'Number' });
  const [fault] = parseInvocation(one, { user: { n: { kind: 'json', value: '7' } } }).diagnostics;
  expect(fault).toMatchObject({
    message: '`n` should be a number, but is "7".',
    mend: 'Remove the quotes: 7.',
  });
});

describe('coercion', () => {
  const loose = cytomine(
    input('n'),
    input('s', { type: 'String' }),
    input('b', { type: 'Boolean' }),
    input('d', { type: 'Domain' }),
    input('l', { type: 'List' }),
  );

  test.each([
    ['n', textOf(' 1e-05 '), number('1e-05')],
    ['n', textOf('12345678901234567890'), number('12345678901234567890')],
    ['n', { kind: 'json', value: '7' }, number('7')],
    ['n', textOf('0x10'), ['invocation.wrong-type']],
    ['s', { kind: 'json', value: true }, 'true'],
    ['s', textOf(' kept '), ' kept '],
    ['b', textOf('YES'), true],
    ['b', textOf('0'), false],
    ['d', textOf('12.5'), ['invocation.wrong-type']],
    ['l', textOf('a b,c'), ['a b', 'c']],
    ['l', { kind: 'json', value: ['a,b', 'c'] }, ['a,b', 'c']],
  ] as const)('a Cytomine %s takes %j as %j', (id, raw, value) => {
    expect(valueOf(loose, id, raw)).toEqual(value);
  });

  const strict = boutiques(
    { id: 'n', type: 'Number' },
    { id: 'ns', type: 'Number', list: true },
    { id: 'f', type: 'File' },
    { id: 'fs', type: 'File', list: true },
    { id: 'cs', type: 'String', list: true, 'list-separator': ',', 'command-line-flag': '-c' },
  );

  test.each([
    ['n', { kind: 'json', value: '7' }, ['invocation.wrong-type']],
    ['n', textOf('7'), number('7')],
    ['ns', textOf('1 2,3'), [number('1'), number('2'), number('3')]],
    ['f', textOf('my file.nii'), 'my file.nii'],
    ['fs', textOf('my file.nii'), ['my file.nii']],
    ['fs', textOf('a', 'b c'), ['a', 'b c']],
    ['cs', textOf('a b,c'), ['a b', 'c']],
  ] as const)('a Boutiques %s takes %j as %j', (id, raw, value) => {
    expect(valueOf(strict, id, raw)).toEqual(value);
  });
});

describe('sources', () => {
  const one = cytomine(input('n', { 'default-value': 3 }));
  const sourcesOf = (user: Record<string, RawValue>): string[] =>
    (parseInvocation(one, { user, server: FIVE }).invocation ?? []).map(({ source }) => source);

  test('what the user gives counts before a default, and null is as if nothing were given', () => {
    expect(sourcesOf({ n: textOf('4') }).at(-1)).toBe('user');
    expect(sourcesOf({ n: { kind: 'json', value: null } }).at(-1)).toBe('default');
    expect(sourcesOf({})).toEqual([...Array<string>(5).fill('server'), 'default']);
  });

  test('the server is found by what its names mean, and what nobody asks for is passed over', () => {
    const named = cytomine(input('CytomineHost', { type: 'String', optional: false }));
    const { invocation } = parseInvocation(named, {
      user: {},
      server: { ...FIVE, other: textOf('x') },
    });
    expect(invocation?.at(-1)).toMatchObject({ inputId: 'CytomineHost', source: 'server' });
    expect(invocation).toHaveLength(6);
  });

  test('without a server its values may be absent where the app works on folders', () => {
    const without = { user: {} };
    expect(codes(parseInvocation(one, without).diagnostics)).toEqual([
      'invocation.server-value-missing',
    ]);
    const { invocation } = parseInvocation(one, without, { serverValuesOptional: true });
    expect(invocation?.map(({ inputId }) => inputId)).toEqual(['n']);
  });

  test('a key is a secret by its name, or because the descriptor says so', () => {
    const marked = parseDescriptor(
      JSON.stringify(
        descriptor(
          [input('licence', { type: 'String' }), input('db_password', { type: 'String' })],
          {
            custom: { 'cyto-run': { secrets: ['licence'] } },
          },
        ),
      ),
    ).descriptor!;
    expect(marked.inputs.filter(({ secret }) => secret).map(({ id }) => id)).toEqual([
      'cytomine_private_key',
      'licence',
      'db_password',
    ]);
  });

  test('without checks values are taken as they are, but never a NUL', () => {
    const free = { checkValues: false };
    const of = (raw: RawValue) => parseInvocation(one, { user: { n: raw }, server: FIVE }, free);
    expect(of(textOf('five')).invocation?.at(-1)?.value).toBe('five');
    expect(codes(of(textOf('5\0')).diagnostics)).toEqual(['invocation.nul-character']);
  });
});

describe('an invocation file', () => {
  test('in YAML means what the same file in JSON means, with numbers as written', async () => {
    const yaml = await parseInvocationText('n: 1.0\nl: [a, 2e3]\nt: yes\nb: true\nz: ~\n', 'yaml');
    const json = await parseInvocationText(
      '{"n": 1.0, "l": ["a", 2e3], "t": "yes", "b": true, "z": null}',
      'json',
    );
    expect(yaml.values).toEqual(json.values);
    expect(yaml.document?.positionOf('/l/1')).toEqual({ line: 2, column: 8 });
  });

  test('may name its schema, which is no value', async () => {
    const { values } = await parseInvocationText('{"$schema": "x.json", "n": 1}', 'json');
    expect(Object.keys(values!)).toEqual(['n']);
  });

  test('that stands for gigabytes by aliases is refused at once', async () => {
    const bomb = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`);
    const text = `a0: &a0 x\n${bomb.join('\n')}\n`;
    const { diagnostics } = await parseInvocationText(text, 'yaml');
    expect(hasErrors(diagnostics)).toBe(true);
  });
});

test('whole numbers are compared to their last digit', () => {
  const exact = parseDescriptor(
    `{"name":"x","description":"x","schema-version":"0.5","tool-version":"1","command-line":"[A] [B]","inputs":[
      {"id":"a","name":"a","type":"Number","value-key":"[A]","optional":true,"value-choices":[12345678901234567890, 1.0]},
      {"id":"b","name":"b","type":"Number","value-key":"[B]","optional":true,"maximum":12345678901234567890,"exclusive-maximum":true}]}`,
  ).descriptor!;
  const [low, at, high] = [
    '12345678901234567889',
    '12345678901234567890',
    '12345678901234567891',
  ] as const;
  expect(valueOf(exact, 'a', textOf(at))).toEqual(number(at));
  expect(valueOf(exact, 'a', textOf('1'))).toEqual(number('1'));
  expect(valueOf(exact, 'a', textOf(high))).toEqual(['invocation.not-a-choice']);
  expect(valueOf(exact, 'b', textOf(low))).toEqual(number(low));
  expect(valueOf(exact, 'b', textOf(at))).toEqual(['invocation.out-of-range']);
  expect(valueOf(exact, 'b', textOf(high))).toEqual(['invocation.out-of-range']);
});

test('a number that no computer can hold is refused from a file as from a flag', () => {
  const one = boutiques({ id: 'n', type: 'Number' });
  const huge = { kind: 'json', value: { kind: 'number', text: '1e400', value: Infinity } } as const;
  expect(parseInvocation(one, { user: { n: huge } }).diagnostics).toMatchObject([
    { message: '`n` should be a number a computer can hold, but is 1e400.' },
  ]);
});

describe('what thousands of faults cost is bounded', () => {
  test('of many names that are no inputs the first are looked for among the inputs, the others are counted', () => {
    const names = Array.from({ length: 2_000 }, (_, at) => `colour${at % 10}x${at}`);
    const user = Object.fromEntries(names.map((name) => [name, textOf('1')]));
    const { diagnostics } = parseInvocation(boutiques(option('colour1x')), { user });
    expect(diagnostics).toHaveLength(21);
    expect(diagnostics.filter(({ nearest }) => nearest !== undefined)).not.toEqual([]);
    expect(diagnostics.at(-1)).toMatchObject({
      code: 'invocation.unknown-input',
      message: 'x has none of 1980 more inputs that are given.',
    });
    const [first] = names;
    const one = parseInvocation(boutiques(option('a')), { user: server([first ?? '']) });
    expect(one.diagnostics).toHaveLength(1);
  });

  test('of a long list of wrong words the first are told', () => {
    const many = { list: true, 'value-choices': ['red', 'green'], optional: true };
    const words = Array.from({ length: 10_000 }, (_, at) => `rde${at}`);
    const { diagnostics } = parseInvocation(boutiques(boutiquesInput('a', many)), {
      user: { a: textOf(...words) },
    });
    expect(diagnostics).toHaveLength(50);
  });
});
