import { input, type Keys } from '../model.ts';

/** One descriptor that is wrong, or right with values that are wrong. */
export interface BadCase {
  readonly title: string;
  /** Keys beside those that every descriptor has; a whole text where JSON itself is the point. */
  readonly descriptor: Keys | string;
  readonly values?: Keys | string;
}

const optional = (id: string, keys: Keys = {}): Keys => input(id, { optional: true, ...keys });
const number = (id: string, keys: Keys = {}): Keys => input(id, { type: 'Number', ...keys });
const flag = (id: string, keys: Keys = {}): Keys =>
  input(id, { type: 'Flag', optional: true, 'command-line-flag': `--${id}`, ...keys });

/** A descriptor whose command-line has the keys of its inputs. */
function withInputs(inputs: readonly Keys[], keys: Keys = {}): Keys {
  const valueKeys = inputs.map((one) => one['value-key']).filter((key) => typeof key === 'string');
  return { 'command-line': ['tool', ...new Set(valueKeys)].join(' '), inputs, ...keys };
}

const withOutput = (keys: Keys, inputs: readonly Keys[] = [input('a')]): Keys =>
  withInputs(inputs, { 'output-files': [{ id: 'o', name: 'o', ...keys }] });

const withConditions = (...items: readonly Keys[]): Keys =>
  withOutput({ 'conditional-path-template': items }, [
    number('size'),
    optional('method'),
    flag('deep'),
  ]);

const withGroup = (keys: Keys, inputs: readonly Keys[] = [optional('a'), optional('b')]): Keys =>
  withInputs(inputs, { groups: [{ id: 'g', name: 'Which one', members: ['a', 'b'], ...keys }] });

const withTest = (...tests: readonly Keys[]): Keys =>
  withInputs([input('a')], {
    'output-files': [{ id: 'mask', name: 'Mask', 'path-template': 'mask.tif' }],
    tests,
  });

const STRUCTURE: readonly BadCase[] = [
  { title: 'a list instead of an object', descriptor: '[]' },
  { title: 'almost nothing', descriptor: '{"schema-version": "0.5"}' },
  {
    title: 'the version as a number',
    descriptor: withInputs([input('a')], { 'schema-version': 0.5 }),
  },
  {
    title: 'an unknown version',
    descriptor: withInputs([input('a')], { 'schema-version': '0.6' }),
  },
  { title: 'the older schema', descriptor: withInputs([input('a')], { 'schema-version': '0.4' }) },
  { title: 'a misspelt key', descriptor: withInputs([input('a', { optinal: true })]) },
  { title: 'a key of nobody', descriptor: withInputs([input('a', { 'resolve-parent': true })]) },
  { title: 'a type in small letters', descriptor: withInputs([input('a', { type: 'string' })]) },
  { title: 'an unknown type', descriptor: withInputs([input('a', { type: 'Directory' })]) },
  { title: 'true in quotes', descriptor: withInputs([input('a', { optional: 'true' })]) },
  { title: 'a number in quotes', descriptor: withInputs([number('a', { minimum: '3' })]) },
  { title: 'null for a text', descriptor: withInputs([input('a', { description: null })]) },
  { title: 'one member instead of a list', descriptor: withGroup({ members: 'a' }) },
  { title: 'an empty name', descriptor: withInputs([input('a', { name: '' })]) },
  { title: 'no inputs', descriptor: { 'command-line': 'tool', inputs: [] } },
  { title: 'an id with a hyphen', descriptor: withInputs([input('a-b')]) },
  { title: 'the same input twice', descriptor: withInputs([input('a'), input('a')]) },
  {
    title: 'a range on a text',
    descriptor: withInputs([input('a', { minimum: 1, integer: true })]),
  },
  {
    title: 'an exclusive minimum of nothing',
    descriptor: withInputs([number('a', { 'exclusive-minimum': true })]),
  },
  {
    title: 'a separator without flag',
    descriptor: withInputs([input('a', { 'command-line-flag-separator': '=' })]),
  },
  { title: 'a list of Flags', descriptor: withInputs([flag('a', { list: true })]) },
  {
    title: 'half a core',
    descriptor: withInputs([input('a')], { 'suggested-resources': { 'cpu-cores': 0.5, ram: -1 } }),
  },
  {
    title: 'an image without type',
    descriptor: withInputs([input('a')], { 'container-image': { image: 'x' } }),
  },
  {
    title: 'an apptainer image',
    descriptor: withInputs([input('a')], { 'container-image': { type: 'apptainer', image: 'x' } }),
  },
  {
    title: 'a root file system by image',
    descriptor: withInputs([input('a')], { 'container-image': { type: 'rootfs', image: 'x' } }),
  },
  {
    title: 'a variable that begins with an underscore',
    descriptor: withInputs([input('a')], { 'environment-variables': [{ name: '_X', value: '' }] }),
  },
  { title: 'an output without path', descriptor: withOutput({}) },
  {
    title: 'an output with two paths',
    descriptor: withOutput({
      'path-template': 'x',
      'conditional-path-template': [{ default: 'y' }],
    }),
  },
  {
    title: 'a list of configuration files',
    descriptor: withOutput({ 'path-template': 'x', 'file-template': ['a'], list: true }),
  },
  {
    title: 'a path that is no text',
    descriptor: withOutput({ 'conditional-path-template': [{ default: 3 }] }),
  },
  {
    title: 'an address without scheme',
    descriptor: withInputs([input('a')], { 'online-platform-urls': ['example.org'] }),
  },
  {
    title: 'a test of nothing',
    descriptor: withTest({ name: 't', invocation: {}, assertions: {} }),
  },
];

const MEANING: readonly BadCase[] = [
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

const VALUES: readonly BadCase[] = [
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

export const BAD_CASES: readonly BadCase[] = [...STRUCTURE, ...MEANING, ...VALUES];
