import { input } from '../model.ts';
import {
  number,
  optional,
  withInputs,
  withOutput,
  withConditions,
  withGroup,
  withTest,
  type BadCase,
} from './builders.ts';

export const WHOLE_CASES: readonly BadCase[] = [
  {
    title: 'an output-file with the key of an input, and two with one key',
    descriptor: withInputs([input('mask')], {
      'command-line': 'tool [MASK] [REPORT]',
      'output-files': [
        { id: 'out', name: 'Out', 'value-key': '[MASK]', 'path-template': '[MASK].nii' },
        { id: 'html', name: 'Page', 'value-key': '[REPORT]', 'path-template': 'report.html' },
        { id: 'pdf', name: 'Print', 'value-key': '[REPORT]', 'path-template': 'report.pdf' },
      ],
    }),
  },
  {
    title: 'a required output-file at a path that may be unknown',
    descriptor: withOutput({ 'path-template': 'sub-[A]_ses-[SESSION].json' }, [
      input('a'),
      optional('session'),
    ]),
  },
  {
    title: 'parts without an id',
    descriptor: withInputs([input('a'), { id: '', name: '', type: 'Flag' }], {
      groups: [{ id: '', name: '', members: ['', 'a'], 'mutually-exclusive': true }],
    }),
  },
  {
    title: 'a token that nothing declares, in the midst of a line with escapes',
    descriptor: withInputs([input('a')], { 'command-line': 'echo "\\" [A] && tool [AA] [AA]' }),
  },
  {
    title: 'tests whose values do not fit',
    descriptor: {
      ...withTest(
        { name: 'big', invocation: { size: 7, sise: 1 }, assertions: { 'exit-code': 0 } },
        { name: 'none', invocation: {}, assertions: { 'exit-code': 0 } },
        { name: 'text', invocation: { size: '3' }, assertions: { 'exit-code': 0 } },
      ),
      ...{ 'command-line': 'tool [SIZE]', inputs: [number('size', { maximum: 5 })] },
    },
  },
  { title: 'a group with a stranger', descriptor: withGroup({ members: ['a', 'c', 'a'] }) },
  {
    title: 'a group with a required member',
    descriptor: withGroup({ 'mutually-exclusive': true, 'one-is-required': true }, [
      input('a'),
      optional('b'),
    ]),
  },
  {
    title: 'a group that is all and one at once',
    descriptor: withGroup({ 'all-or-none': true, 'mutually-exclusive': true }),
  },
  {
    title: 'groups that contradict',
    descriptor: withInputs([optional('a'), optional('b')], {
      groups: [
        { id: 'g', name: 'g', members: ['a', 'b'], 'mutually-exclusive': true },
        { id: 'h', name: 'h', members: ['b', 'a'], 'all-or-none': true },
      ],
    }),
  },
  {
    title: 'members that require each other',
    descriptor: withGroup({ 'mutually-exclusive': true }, [
      optional('a', { 'requires-inputs': ['b'] }),
      optional('b'),
    ]),
  },
  {
    title: 'two outputs at one path',
    descriptor: withInputs([input('a')], {
      'output-files': ['x', 'y'].map((id) => ({ id, name: id, 'path-template': 'out.csv' })),
    }),
  },
  {
    title: 'a path built from itself',
    descriptor: withInputs([input('a')], {
      'command-line': 'tool [A] [O] [P]',
      'output-files': [
        { id: 'o', name: 'o', 'value-key': '[O]', 'path-template': '[P].x' },
        { id: 'p', name: 'p', 'value-key': '[P]', 'path-template': '[O].y' },
      ],
    }),
  },
  { title: 'no path when nothing holds', descriptor: withConditions({ 'size > 3': 'x' }) },
  {
    title: 'two defaults, and something behind them',
    descriptor: withConditions(
      { default: 'x' },
      { 'size > 3': 'y', 'size > 4': 'z' },
      { default: 'w' },
    ),
  },
  {
    title: 'a condition about nobody',
    descriptor: withConditions({ 'sise > 3': 'x' }, { default: 'y' }),
  },
  {
    title: 'a condition that compares unlike things',
    descriptor: withConditions({ 'size == "3"': 'x' }, { default: 'y' }),
  },
  {
    title: 'a condition of another language',
    descriptor: withConditions({ 'deep && size > 3': 'x' }, { default: 'y' }),
  },
  {
    title: 'a condition that bosh misreads',
    descriptor: withConditions({ 'size>10': 'x' }, { default: 'y' }),
  },
  {
    title: 'extensions in the wrong order',
    descriptor: withOutput({
      'path-template': '[A]_x',
      'path-template-stripped-extensions': ['.nii', '.nii.gz'],
    }),
  },
  {
    title: 'a test of an output that does not exist',
    descriptor: withTest(
      {
        name: 't',
        invocation: { a: 'x' },
        assertions: { 'output-files': [{ id: 'msk', 'sha256-reference': 'abc' }] },
      },
      { name: 't', invocation: { a: 'x' }, assertions: { 'exit-code': 0 } },
    ),
  },
  {
    title: 'an image in two places',
    descriptor: withInputs([input('a')], {
      'container-image': { type: 'singularity', image: 'docker://x/y', index: 'shub://' },
    }),
  },
  {
    title: 'a root file system',
    descriptor: withInputs([input('a')], {
      'container-image': { type: 'rootfs', url: 'https://example.org/x.tgz' },
    }),
  },
  {
    title: 'a key within the text of a variable',
    descriptor: withInputs([input('a')], {
      'environment-variables': [{ name: 'X', value: 'pre[A]' }],
    }),
  },
  {
    title: 'bash in a plain shell',
    descriptor: withInputs([input('a')], { 'command-line': 'tool [A] &> log' }),
  },
  {
    title: 'an embedded schema that is out of date',
    descriptor: withInputs([input('a')], {
      'invocation-schema': { type: 'object', properties: { b: {} } },
    }),
  },
  {
    title: 'something behind the default',
    descriptor: withConditions({ default: 'x' }, { 'size > 3': 'y' }),
  },
  {
    title: 'a flag of two words',
    descriptor: withInputs([input('a', { 'command-line-flag': '--set a' })]),
  },
  {
    title: 'a separator for no list',
    descriptor: withInputs([input('a', { list: false, 'list-separator': ',' })]),
  },
  {
    title: 'a default of nothing',
    descriptor: withInputs([optional('a', { 'default-value': null })]),
  },
  {
    title: 'an empty object for a default',
    descriptor: withInputs([optional('a', { 'default-value': {} })]),
  },
  {
    title: 'a default list of one for one value',
    descriptor: withInputs([input('a', { 'default-value': ['x'] })]),
  },
  {
    title: 'rules by choice without choices',
    descriptor: withInputs([optional('a', { 'value-requires': { x: ['b'] } }), optional('b')]),
  },
  {
    title: 'a choice that requires what is always there, and disables it',
    descriptor: withInputs([
      optional('a', {
        'value-choices': ['x'],
        'value-requires': { x: ['b'] },
        'value-disables': { x: ['b'] },
      }),
      input('b'),
    ]),
  },
  {
    title: 'a group within a group',
    descriptor: withInputs([optional('a'), optional('b')], {
      groups: [
        { id: 'g', name: 'g', members: ['a'], 'one-is-required': true },
        { id: 'h', name: 'h', members: ['a', 'b'], 'all-or-none': true },
      ],
    }),
  },
  {
    title: 'a test that names an output twice',
    descriptor: withTest({
      name: 't',
      invocation: { a: 'x' },
      assertions: { 'output-files': [{ id: 'mask' }, { id: 'mask', 'text-contains': ['x'] }] },
    }),
  },
  {
    title: 'a variable with a comma',
    descriptor: withInputs([input('a')], { 'environment-variables': [{ name: 'X,Y', value: '' }] }),
  },
  {
    title: 'a line for editors',
    descriptor: withInputs([input('a')], { $schema: 'boutiques-0.5.schema.json' }),
  },
  {
    title: 'an exit code explained twice',
    descriptor: withInputs([input('a')], {
      'error-codes': [
        { code: 3, description: 'x' },
        { code: 3, description: 'y' },
      ],
    }),
  },
];
