/** A bad descriptor: what is bad about it, and its text. */
export interface BadDescriptor {
  readonly title: string;
  readonly text: string;
  readonly lenient?: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const server = (id: string, type: string): Json => ({
  id,
  name: id,
  type,
  'value-key': '[@ID]',
  'command-line-flag': '--@id',
  optional: false,
  'set-by-server': true,
});

const SERVER_INPUTS = [
  server('cytomine_host', 'String'),
  server('cytomine_public_key', 'String'),
  server('cytomine_private_key', 'String'),
  server('cytomine_id_project', 'Number'),
  server('cytomine_id_software', 'Number'),
];

const SERVER_LINE =
  '[CYTOMINE_HOST] [CYTOMINE_PUBLIC_KEY] [CYTOMINE_PRIVATE_KEY] [CYTOMINE_ID_PROJECT] [CYTOMINE_ID_SOFTWARE]';

/** An input without fault; a key of `undefined` takes one away. */
export const input = (id: string, more: Json = {}): Json => ({
  id,
  name: id,
  type: 'Number',
  'value-key': '[@ID]',
  'command-line-flag': '--@id',
  optional: true,
  'set-by-server': false,
  ...more,
});

/** A descriptor without fault, on which each case changes one thing. */
export const descriptor = (inputs: readonly unknown[] = [], more: Json = {}): Json => ({
  name: 'Example',
  'schema-version': 'cytomine-0.1',
  'container-image': { type: 'singularity', image: 'lab/example' },
  'command-line': ['python run.py', SERVER_LINE, ...inputs.map(keyOf)].join(' ').trim(),
  inputs: [...SERVER_INPUTS, ...inputs],
  ...more,
});

const keyOf = (one: unknown): string => {
  const id = (one as Json | null)?.['id'];
  return typeof id === 'string' ? `[${id.toUpperCase()}]` : '';
};

const text = (value: unknown): string => JSON.stringify(value, null, 2);

const one = (title: string, more: Json, id = 'threshold'): BadDescriptor => ({
  title,
  text: text(descriptor([input(id, more)])),
});

const image = (title: string, value: unknown): BadDescriptor => ({
  title,
  text: text(descriptor([], { 'container-image': value })),
});

const line = (title: string, commandLine: string, ...inputs: Json[]): BadDescriptor => ({
  title,
  text: text(
    descriptor(inputs, { 'command-line': commandLine.replace('…', `run.py ${SERVER_LINE}`) }),
  ),
});

const GOOD = text(descriptor([input('threshold')]));

const TEXTS: readonly BadDescriptor[] = [
  { title: 'an empty file', text: '' },
  { title: 'white space only', text: ' \n\n\t' },
  { title: 'YAML instead of JSON', text: 'name: Example\ncommand-line: python run.py\n' },
  { title: 'a Python literal', text: "{'name': 'Example', 'optional': True}" },
  { title: 'a web page', text: '<!DOCTYPE html>\n<html></html>\n' },
  { title: 'a missing comma', text: GOOD.replace('"Example",', '"Example"') },
  { title: 'a trailing comma', text: GOOD.replace(/\}\s*\]\s*\}$/, '},\n  ]\n}') },
  {
    title: 'a trailing comma and a comment, read leniently',
    text: `// our app\n${GOOD.replace(/\}\s*\]\s*\}$/, '},\n  ]\n}')}`,
    lenient: true,
  },
  { title: 'comments', text: GOOD.replace('"name"', '/* what it is called */ "name"') },
  { title: 'a text that is not closed', text: GOOD.replace('"Example"', '"Example') },
  { title: 'a tab inside a text', text: GOOD.replace('Example', 'Exam\tple') },
  { title: 'an unknown escape', text: GOOD.replace('Example', String.raw`C:\data`) },
  { title: 'a word that is no value', text: GOOD.replace('"optional": true', '"optional": True') },
  { title: 'a number JSON cannot write', text: GOOD.replace('"optional": true', '"minimum": .5') },
  { title: 'a bracket that closes something else', text: GOOD.replace(/\]\s*\}$/, '}\n]') },
  { title: 'a file cut off in the middle', text: GOOD.slice(0, 200) },
  { title: 'typographic quotes', text: GOOD.replace('"name"', '“name”') },
  { title: 'a key that occurs twice', text: GOOD.replace('"name"', '"name": "Old",\n  "name"') },
  { title: 'two documents in one file', text: `${GOOD}\n${GOOD}` },
  { title: 'a list of descriptors', text: text([descriptor([input('threshold')])]) },
  { title: 'JSON of something else', text: '{ "dependencies": {} }' },
  { title: 'lists nested without end', text: '['.repeat(5_000) },
  {
    title: 'a tab inside a text, read leniently',
    text: GOOD.replace('Example', 'Exam\tple'),
    lenient: true,
  },
  { title: 'line ends of Windows', text: GOOD.replaceAll('\n', '\r\n') },
  { title: 'a byte order mark', text: `\uFEFF${GOOD}` },
];

const DOCUMENTS: readonly BadDescriptor[] = [
  { title: 'no name', text: text(descriptor([], { name: undefined })) },
  { title: 'a name that is a number', text: text(descriptor([], { name: 7 })) },
  { title: 'no schema version', text: text(descriptor([], { 'schema-version': undefined })) },
  { title: 'the version of Boutiques', text: text(descriptor([], { 'schema-version': '0.5' })) },
  { title: 'a misspelt key', text: text(descriptor([], { 'comand-line': 'python run.py' })) },
  { title: 'no command line', text: text(descriptor([], { 'command-line': undefined })) },
  {
    title: 'no inputs',
    text: text({ ...descriptor(), inputs: [], 'command-line': 'python run.py' }),
  },
  { title: 'inputs that are an object', text: text(descriptor([], { inputs: {} })) },
  { title: 'an input that is a text', text: text(descriptor(['threshold'])) },
  image('no image', undefined),
  image('an image that is a text', 'lab/example'),
  image('an image without a name', { type: 'singularity' }),
  image('type and image exchanged', { type: 'lab/example', image: 'singularity' }),
  image('an image in capital letters', { type: 'singularity', image: 'Lab/Example' }),
  image('an image that is no name', { type: 'singularity', image: 'lab example' }),
  image('an image with a tag', { type: 'singularity', image: 'lab/example:1.2' }),
  image('an image without a user', { type: 'singularity', image: 'example' }),
  image('a Docker image', { type: 'docker', image: 'lab/example' }),
  image('an image index', { type: 'singularity', image: 'lab/example', index: 'docker://' }),
  image('an image without a type', { image: 'lab/example' }),
  {
    title: 'an app that cannot log in',
    text: text({
      ...descriptor([], { 'command-line': 'python run.py [THRESHOLD]' }),
      inputs: [input('threshold')],
    }),
  },
];

const INPUTS: readonly BadDescriptor[] = [
  one('an input without an id', { id: undefined }),
  {
    title: 'one id for two inputs',
    text: text(descriptor([input('size'), input('size', { type: 'String' })])),
  },
  {
    title: 'one input twice',
    text: text(descriptor([input('size'), input('size', { name: 'Size again' })])),
  },
  one('an id with spaces', { 'value-key': '[SIZE]' }, 'cell size'),
  one('an id of mixed case', {}, 'cellSize'),
  one('no type', { type: undefined }),
  one('an unknown type', { type: 'Nubmer' }),
  one('the type of another format', { type: 'float' }),
  one('a type in small letters', { type: 'number' }),
  one('optional in quotes', { optional: 'false' }),
  one('no word on optional', { optional: undefined }),
  one('a key in camel case', { uriPrintAttribute: 'name' }),
  one('a default under default', { default: 5 }),
  one('a number whose default is a text', { 'default-value': '5' }),
  one('a number whose default is no number', { 'default-value': 'five' }),
  one('a default outside the range', { 'default-value': 300, minimum: 0, maximum: 255 }),
  one('a default with a fraction for an integer', { 'default-value': 2.5, integer: true }),
  one('a minimum above the maximum', { minimum: 10, maximum: 1 }),
  one('a Boolean whose default is a text', { type: 'Boolean', 'default-value': 'false' }),
  one('a Boolean whose default is a word', { type: 'Boolean', 'default-value': 'maybe' }),
  one('a required Boolean with a default', {
    type: 'Boolean',
    'default-value': true,
    optional: false,
  }),
  one('a default with a space', { type: 'String', 'default-value': 'oil (1.515)' }),
  one('a default that is no choice', {
    type: 'String',
    'values-choice': ['otsu', 'triangle'],
    'default-value': 'ostu',
  }),
  one('choices under the name of Boutiques', { type: 'String', 'value-choices': ['a', 'b'] }),
  one('bounds in quotes', { minimum: '0', maximum: ' 255 ' }),
  one('a bound that is a word', { minimum: 'none' }),
  one('a description that is a list', { description: ['Segments', 'cells'] }),
  one('choices that are objects', {
    type: 'String',
    'values-choice': [{ label: 'A', value: 'a' }],
  }),
  one('choices in one text', { type: 'String', 'values-choice': 'a,b,c' }),
  one('a type of web forms', { type: 'Enum', 'values-choice': ['a', 'b'] }),
  one('a type of whole numbers', { type: 'integer', 'default-value': 2.5 }),
  one('a default list of ids', {
    type: 'ListDomain',
    uri: '/api/term.json',
    'default-value': [1, 2],
  }),
  one('brackets on the line that the key lacks', { 'value-key': '@ID' }),
  one('a choice of a Number that is no number', { 'values-choice': ['auto', '8', 16] }),
  one('choices without a choice', { type: 'String', 'values-choice': [] }),
  one('a domain without uri', { type: 'Domain' }),
  one('a domain with a default', { type: 'Domain', uri: '/api/term.json', 'default-value': -1 }),
  one('a uri with an unknown word', { type: 'Domain', uri: '/api/$currentImage$.json' }),
  one('set by the server under an unknown name', { 'set-by-server': true }),
  one('no flag', { 'command-line-flag': undefined }),
  one('no value-key', { 'value-key': undefined }),
  one('an empty flag', { 'command-line-flag': '' }),
  one('a flag of another name', { 'command-line-flag': '-t' }),
  one('a required number with a default', { optional: false, 'default-value': 5 }),
  one('a default of null', { 'default-value': null }),
  one('a word for a domain', { type: 'Domain', uri: '/api/term.json', 'default-value': 'all' }),
  one('a range for a text', { type: 'String', minimum: 1 }),
  one('no word on the server', { 'set-by-server': undefined }),
  one(
    'a default for what the server sets',
    { 'set-by-server': true, 'default-value': 7 },
    'id_project',
  ),
  {
    title: 'a number that is a fraction by its point alone',
    text: text(descriptor([input('sigma', { 'default-value': 65 })])).replace(': 65', ': 65.0'),
  },
  one('an empty value-key', { 'value-key': '' }),
  one(
    'a secret with a default that is no choice',
    { type: 'String', 'values-choice': ['a', 'b'], 'default-value': 'hunter2' },
    'api_token',
  ),
];

const LINES: readonly BadDescriptor[] = [
  line('a placeholder of no input', 'python … [THRESHOLD] [TRESHOLD]', input('threshold')),
  line('a placeholder in another word order', 'python … [TERM_ID]', input('id_term')),
  line('an input that never reaches the app', 'python …', input('threshold')),
  line('a placeholder without its brackets', 'python … THRESHOLD', input('threshold')),
  line('a placeholder with a space in it', 'python … [THRESHOLD ]', input('threshold')),
  line('a flag that is there twice', 'python … --threshold [THRESHOLD]', input('threshold')),
  line('a placeholder glued to a flag', 'python … --threshold=[THRESHOLD]', input('threshold')),
  line('two placeholders in one word', 'python … [A][B]', input('a'), input('b')),
  line('a placeholder twice', 'python … [THRESHOLD] [THRESHOLD]', input('threshold')),
  line(
    'a key inside another',
    'python … SIZE CELL_SIZE',
    input('size', { 'value-key': '@ID' }),
    input('cell_size', { 'value-key': '@ID' }),
  ),
  line(
    'a key inside another, without harm',
    'python … SIZE CELL_SIZE',
    input('cell_size', { 'value-key': '@ID' }),
    input('size', { 'value-key': '@ID' }),
  ),
  line('a NUL in the command line', 'python … a\0b'),
  line(
    'half of a character in the command line',
    'python … \ud83d [THRESHOLD]',
    input('threshold'),
  ),
  line('spaces in a row', 'python …  [THRESHOLD] ', input('threshold')),
  line(
    'one key for two inputs',
    'python … [SIZE]',
    input('small', { 'value-key': '[SIZE]' }),
    input('large', { 'value-key': '[SIZE]' }),
  ),
  line('several lines', 'python … \\\n  [THRESHOLD]', input('threshold')),
  line('a quote that is not closed', "python … [THRESHOLD] 'twas", input('threshold')),
  line('a pipe', 'python … [THRESHOLD] | tee log.txt', input('threshold')),
  line('a variable of the shell', 'python … [THRESHOLD] $HOME/models', input('threshold')),
  line(
    'the key of a server parameter',
    'python … [WALLTIME]',
    input('walltime', { 'server-parameter': true }),
  ),
];

export const BAD_DESCRIPTORS: readonly BadDescriptor[] = [
  ...TEXTS,
  ...DOCUMENTS,
  ...INPUTS,
  ...LINES,
];
