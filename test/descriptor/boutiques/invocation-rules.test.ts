import { describe, expect, test } from 'vitest';

import { commandOf, descriptorText, diagnosticsOf, input, lineOf, type Keys } from './model.ts';

const optional = (id: string, keys: Keys = {}): Keys => input(id, { optional: true, ...keys });
const flag = (id: string, keys: Keys = {}): Keys =>
  optional(id, { type: 'Flag', 'command-line-flag': `-${id}`, ...keys });

function tool(inputs: readonly Keys[], keys: Keys = {}): Keys {
  return {
    'command-line': ['c', ...inputs.map((one) => one['value-key'])].join(' '),
    inputs,
    ...keys,
  };
}

const group = (keys: Keys): Keys => ({
  groups: [{ id: 'g', name: 'g', members: ['a', 'b'], ...keys }],
});

describe('a default gives way', () => {
  test.each([
    [
      'to what was given and disables it',
      optional('a', { 'disables-inputs': ['b'] }),
      { a: 'x' },
      'c x',
    ],
    [
      'also where the default is the one that disables',
      optional('a', { 'default-value': 'd', 'disables-inputs': ['b'] }),
      { b: 'y' },
      'c y',
    ],
    [
      'but stays where the other is a false Flag',
      flag('a', { 'disables-inputs': ['b'] }),
      { a: false },
      'c q',
    ],
  ])('%s', (_, a, values, line) => {
    const keys = tool([a, optional('b', { 'default-value': 'q' })]);
    expect(lineOf(commandOf(keys, values))).toBe(line);
  });

  test('to another member of its mutually-exclusive group, the first listed to no one', () => {
    const keys = tool(
      [optional('a', { 'default-value': 'x' }), optional('b', { 'default-value': 'y' })],
      group({ 'mutually-exclusive': true }),
    );
    expect([{}, { b: 'z' }, { a: 'w' }].map((values) => lineOf(commandOf(keys, values)))).toEqual([
      'c x',
      'c z',
      'c w',
    ]);
  });

  test('to a choice that disables it', () => {
    const keys = tool([
      optional('a', { 'value-choices': ['on', 'off'], 'value-disables': { on: [], off: ['b'] } }),
      optional('b', { 'default-value': 'q' }),
    ]);
    expect(lineOf(commandOf(keys, { a: 'off' }))).toBe('c off');
    expect(lineOf(commandOf(keys, { a: 'on' }))).toBe('c on q');
  });
});

describe('what is given by default', () => {
  const codes = (keys: Keys, values: Keys): string[] =>
    diagnosticsOf(descriptorText(keys), JSON.stringify(values))
      .filter(({ strength }) => strength === 'error')
      .map(({ code }) => code);

  test('meets a requirement and a group that needs one', () => {
    const inputs = [
      optional('a', { 'requires-inputs': ['b'] }),
      optional('b', { 'default-value': 'q' }),
    ];
    expect(codes(tool(inputs, group({ 'one-is-required': true })), { a: 'x' })).toEqual([]);
  });

  test('does not ask for the rest of an all-or-none group, what was given does', () => {
    const inputs = [optional('a', { 'default-value': 'x' }), optional('b')];
    const keys = tool(inputs, group({ 'all-or-none': true }));
    expect(codes(keys, {})).toEqual([]);
    expect(codes(keys, { a: 'y' })).toEqual(['boutiques.group-all-or-none']);
    expect(codes(keys, { b: 'y' })).toEqual([]);
  });

  test('is named as such when its choice requires something', () => {
    const inputs = [
      optional('a', {
        'default-value': 'on',
        'value-choices': ['on'],
        'value-requires': { on: ['b'] },
      }),
      optional('b'),
    ];
    const [fault] = diagnosticsOf(descriptorText(tool(inputs)), '{}');
    expect(fault?.message).toBe(
      '`a` (by default) is `on`, which requires `b`, but that has no value.',
    );
  });
});

test('a list meets the rules of every choice in it', () => {
  const keys = tool([
    optional('a', {
      list: true,
      'value-choices': ['x', 'constructor'],
      'value-requires': { x: [], constructor: ['b'] },
    }),
    optional('b'),
  ]);
  const told = (values: Keys): readonly string[] =>
    diagnosticsOf(descriptorText(keys), JSON.stringify(values)).map(({ code }) => code);
  expect(told({ a: ['x'] })).toEqual([]);
  expect(told({ a: ['x', 'constructor'] })).toEqual(['boutiques.required-by-choice']);
});

test('the choice of a secret is not told', () => {
  const keys = tool(
    [
      optional('licence', {
        'value-choices': ['k1', 'k2'],
        'value-requires': { k1: ['b'], k2: [] },
      }),
      optional('b'),
    ],
    { custom: { 'cyto-run': { secrets: ['licence'] } } },
  );
  const told = diagnosticsOf(descriptorText(keys), '{"licence": "k1"}');
  expect(told.map(({ message }) => message)).toEqual([
    '`licence` has a value, which requires `b`, but that has no value.',
  ]);
  expect(JSON.stringify(told)).not.toContain('k1');
});

test('a fault has the place in the text where its value stands', () => {
  const keys = tool([optional('a'), optional('b')], group({ 'mutually-exclusive': true }));
  const [fault] = diagnosticsOf(descriptorText(keys), '{\n  "a": "x",\n  "b": "y"\n}');
  expect(fault).toMatchObject({ pointer: '/b', position: { line: 3, column: 8 } });
});
