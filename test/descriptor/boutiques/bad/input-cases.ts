import { input } from '../model.ts';
import { optional, number, withInputs, withGroup, type BadCase } from './builders.ts';

export const INPUT_CASES: readonly BadCase[] = [
  {
    title: 'choices of a Number that are no numbers',
    descriptor: withInputs([number('a', { 'value-choices': ['auto', '6', 'none'] })]),
  },
  {
    title: 'an id used twice',
    descriptor: withInputs([input('a')], {
      'output-files': [{ id: 'a', name: 'a', 'path-template': 'x' }],
    }),
  },
  { title: 'an id with a comma', descriptor: withInputs([input('a,b')]) },
  {
    title: 'a key that is never used',
    descriptor: { 'command-line': 'tool', inputs: [input('a')] },
  },
  {
    title: 'a key within a key',
    descriptor: withInputs([input('a', { 'value-key': 'A' }), input('b', { 'value-key': 'AB' })]),
  },
  { title: 'an empty key', descriptor: withInputs([input('a', { 'value-key': '' })]) },
  {
    title: 'one key for two inputs',
    descriptor: withInputs([
      optional('a', { 'value-key': '[K]' }),
      optional('b', { 'value-key': '[K]' }),
    ]),
  },
  {
    title: 'a token of nobody',
    descriptor: withInputs([input('image')], { 'command-line': 'tool [IMAGE] [IMAEG]' }),
  },
  {
    title: 'a Flag without flag that must be given',
    descriptor: withInputs([input('a', { type: 'Flag' })]),
  },
  {
    title: 'an empty range',
    descriptor: withInputs([number('a', { minimum: 5, maximum: 5, 'exclusive-maximum': true })]),
  },
  { title: 'no choices', descriptor: withInputs([input('a', { 'value-choices': [] })]) },
  {
    title: 'choices of another kind, twice',
    descriptor: withInputs([input('a', { 'value-choices': [1, 1] })]),
  },
  {
    title: 'more items at least than at most',
    descriptor: withInputs([
      input('a', { list: true, 'min-list-entries': 3, 'max-list-entries': 2.5 }),
    ]),
  },
  {
    title: 'at most no items',
    descriptor: withInputs([input('a', { list: true, 'max-list-entries': 0 })]),
  },
  {
    title: 'a default outside the choices',
    descriptor: withInputs([
      input('a', { 'value-choices': ['otsu', 'li'], 'default-value': 'ostu' }),
    ]),
  },
  {
    title: 'a default outside the range',
    descriptor: withInputs([
      number('a', { minimum: 0, 'exclusive-minimum': true, 'default-value': 0 }),
    ]),
  },
  {
    title: 'a default of another type',
    descriptor: withInputs([number('a', { 'default-value': 'high' })]),
  },
  {
    title: 'a default number in quotes',
    descriptor: withInputs([number('a', { 'default-value': '5' })]),
  },
  {
    title: 'a default list for one value',
    descriptor: withInputs([input('a', { 'default-value': ['x', 'y'] })]),
  },
  {
    title: 'a default value for a list',
    descriptor: withInputs([
      number('a', { list: true, 'min-list-entries': 2, 'default-value': 1 }),
    ]),
  },
  {
    title: 'two defaults that exclude each other',
    descriptor: withGroup({ 'mutually-exclusive': true }, [
      optional('a', { 'default-value': 'x' }),
      optional('b', { 'default-value': 'y' }),
    ]),
  },
  {
    title: 'requiring what does not exist',
    descriptor: withInputs([optional('size'), optional('b', { 'requires-inputs': ['sise'] })]),
  },
  {
    title: 'disabling a group',
    descriptor: withInputs(
      [optional('a'), optional('b'), optional('c', { 'disables-inputs': ['g'] })],
      { groups: [{ id: 'g', name: 'g', members: ['a', 'b'] }] },
    ),
  },
  {
    title: 'disabling a required input',
    descriptor: withInputs([
      input('a'),
      optional('b', { 'disables-inputs': ['a'], 'requires-inputs': ['a'] }),
    ]),
  },
  {
    title: 'a required input that requires',
    descriptor: withInputs([input('a', { 'requires-inputs': ['b'] }), optional('b')]),
  },
  {
    title: 'rules by choice that leave one out',
    descriptor: withInputs([
      optional('a', { 'value-choices': ['x', 'y'], 'value-requires': { x: ['b'], z: [] } }),
      optional('b'),
    ]),
  },
  {
    title: 'rules by choice about nobody',
    descriptor: withInputs([
      optional('a', {
        'value-choices': ['x'],
        'value-requires': { x: ['bb'] },
        'value-disables': { x: 'b' },
      }),
      optional('b'),
    ]),
  },
];
