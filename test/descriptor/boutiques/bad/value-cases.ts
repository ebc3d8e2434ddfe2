import { input } from '../model.ts';
import { optional, number, flag, withInputs, withGroup, type BadCase } from './builders.ts';

const related = withInputs(
  [
    optional('a', { 'requires-inputs': ['b'] }),
    optional('b'),
    optional('c', { 'disables-inputs': ['b'] }),
    flag('f', { 'requires-inputs': ['g'] }),
  ],
  { groups: [{ id: 'g', name: 'Either', members: ['a', 'c'] }] },
);

const chosen = withInputs([
  optional('mode', {
    'value-choices': ['auto', 'manual'],
    'value-requires': { auto: [], manual: ['level'] },
    'value-disables': { auto: ['level'], manual: [] },
  }),
  number('level', { optional: true, minimum: 0, maximum: 10 }),
]);

export const VALUE_CASES: readonly BadCase[] = [
  {
    title: 'nothing given',
    descriptor: withInputs([input('a', { name: 'The image' })]),
    values: {},
  },
  {
    title: 'an unknown input',
    descriptor: withInputs([optional('threshold')]),
    values: { treshold: 3 },
  },
  { title: 'a number for a text', descriptor: withInputs([input('a')]), values: { a: 3 } },
  {
    title: 'a number with a point for an integer',
    descriptor: withInputs([number('a', { integer: true })]),
    values: '{"a": 3.0}',
  },
  {
    title: 'an integer that is no choice',
    descriptor: withInputs([number('a', { integer: true, 'value-choices': [1, 2] })]),
    values: { a: 7 },
  },
  {
    title: 'the exclusive minimum itself',
    descriptor: withInputs([number('a', { minimum: 1, 'exclusive-minimum': true })]),
    values: { a: 1 },
  },
  {
    title: 'too many items',
    descriptor: withInputs([input('a', { list: true, 'max-list-entries': 1 })]),
    values: { a: ['x', 'y'] },
  },
  {
    title: 'a choice twice in a list',
    descriptor: withInputs([input('a', { list: true, 'value-choices': ['x', 'y'] })]),
    values: { a: ['x', 'x'] },
  },
  { title: 'what is required is missing', descriptor: related, values: { a: 'x' } },
  { title: 'what is disabled is given', descriptor: related, values: { b: 'x', c: 'y' } },
  { title: 'a Flag whose group is not met', descriptor: related, values: { f: true } },
  { title: 'a choice that requires', descriptor: chosen, values: { mode: 'manual' } },
  { title: 'a choice that disables', descriptor: chosen, values: { mode: 'auto', level: 3 } },
  {
    title: 'two of a mutually-exclusive group',
    descriptor: withGroup({ 'mutually-exclusive': true }),
    values: { a: 'x', b: 'y' },
  },
  {
    title: 'none of a one-is-required group',
    descriptor: withGroup({ 'one-is-required': true }, [flag('a'), optional('b')]),
    values: { a: false },
  },
  {
    title: 'half of an all-or-none group',
    descriptor: withGroup({ 'all-or-none': true }),
    values: { b: 'x' },
  },
  { title: 'many faults at once', descriptor: related, values: { a: 1, d: 'x', c: 'y', f: 'no' } },
];
