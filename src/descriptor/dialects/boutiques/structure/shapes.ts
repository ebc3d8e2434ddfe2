import { BOUTIQUES_TYPES } from '../read-inputs.ts';
import { INPUT_RULES, OUTPUT_RULES, IMAGE_RULES, ASSERTION_RULES } from './rules.ts';
import type { ListShape, ObjectShape, Shape, TextForm, TextShape } from './shape.ts';

const ANY: Shape = { kind: 'any' };
const TRUTH: Shape = { kind: 'truth' };
const NUMBER: Shape = { kind: 'number' };
const INTEGER: Shape = { kind: 'number', whole: true };
const TEXT: TextShape = { kind: 'text' };
const FILLED: TextShape = { kind: 'text', filled: true };

const ID_FORM: TextForm = {
  pattern: /^[0-9,_a-zA-Z]*$/,
  code: 'boutiques.id-characters',
  rule: 'may hold letters without accents, digits and `_` only',
  mend: 'Write `_` for every other character.',
};
const ID: TextShape = { kind: 'text', filled: true, form: ID_FORM };

const listOf = (of: Shape): ListShape => ({ kind: 'list', of });
const filledListOf = (of: Shape): ListShape => ({ kind: 'list', of, filled: true });
const uniqueListOf = (of: Shape): ListShape => ({ kind: 'list', of, filled: true, unique: true });

const freeObject = (noun: string): ObjectShape => ({
  kind: 'object',
  noun,
  keys: {},
  required: [],
  others: ANY,
});

const INPUT: ObjectShape = {
  kind: 'object',
  noun: 'an input',
  required: ['id', 'name', 'type'],
  keys: {
    id: ID,
    name: FILLED,
    type: { kind: 'text', oneOf: BOUTIQUES_TYPES },
    description: TEXT,
    'value-key': TEXT,
    optional: TRUTH,
    'default-value': ANY,
    list: TRUTH,
    'list-separator': TEXT,
    'min-list-entries': NUMBER,
    'max-list-entries': NUMBER,
    'command-line-flag': TEXT,
    'command-line-flag-separator': TEXT,
    'requires-inputs': listOf(TEXT),
    'disables-inputs': listOf(TEXT),
    'value-choices': listOf({
      kind: 'either',
      of: [TEXT, NUMBER],
      says: 'a text or a number',
    }),
    'value-requires': freeObject('`value-requires`'),
    'value-disables': freeObject('`value-disables`'),
    integer: TRUTH,
    minimum: NUMBER,
    maximum: NUMBER,
    'exclusive-minimum': TRUTH,
    'exclusive-maximum': TRUTH,
    'uses-absolute-path': TRUTH,
  },
  rules: INPUT_RULES,
};

const OUTPUT: ObjectShape = {
  kind: 'object',
  noun: 'an output-file',
  required: ['id', 'name'],
  keys: {
    id: ID,
    name: FILLED,
    description: TEXT,
    'value-key': TEXT,
    'path-template': FILLED,
    'conditional-path-template': listOf({ ...freeObject('a conditional path'), others: TEXT }),
    'path-template-stripped-extensions': listOf(TEXT),
    list: TRUTH,
    optional: TRUTH,
    'command-line-flag': TEXT,
    'command-line-flag-separator': TEXT,
    'uses-absolute-path': TRUTH,
    'file-template': filledListOf(TEXT),
  },
  rules: OUTPUT_RULES,
};

const GROUP: ObjectShape = {
  kind: 'object',
  noun: 'a group',
  required: ['id', 'name', 'members'],
  keys: {
    id: ID,
    name: FILLED,
    description: TEXT,
    members: listOf(ID),
    'mutually-exclusive': TRUTH,
    'one-is-required': TRUTH,
    'all-or-none': TRUTH,
  },
};

const VARIABLE: ObjectShape = {
  kind: 'object',
  noun: 'an environment variable',
  required: ['name', 'value'],
  keys: {
    name: {
      kind: 'text',
      filled: true,
      form: {
        pattern: /^[a-z,A-Z][0-9,_a-zA-Z]*$/,
        code: 'boutiques.variable-name',
        rule: 'must begin with a letter and may hold letters, digits and `_` only',
        mend: 'Rename the variable; a name that begins with `_` is refused by schema 0.5.',
      },
    },
    value: TEXT,
    description: TEXT,
  },
};

const IMAGE: ObjectShape = {
  kind: 'object',
  noun: 'a container-image',
  required: ['type'],
  keys: {
    type: { kind: 'text', oneOf: ['docker', 'singularity', 'rootfs'] },
    image: FILLED,
    index: FILLED,
    url: FILLED,
    entrypoint: TRUTH,
    'container-opts': listOf(TEXT),
    'working-directory': FILLED,
    'container-hash': FILLED,
  },
  rules: IMAGE_RULES,
};

/** Numbers within a tolerance, one of our additions to what a test can assert. */
const NUMBERS: ObjectShape = {
  kind: 'object',
  noun: '`numbers-reference`',
  required: ['values'],
  keys: {
    values: filledListOf(NUMBER),
    absolute: { kind: 'number', least: 0 },
    relative: { kind: 'number', least: 0 },
  },
};

const ASSERTED_FILE: ObjectShape = {
  kind: 'object',
  noun: 'an asserted output',
  required: ['id'],
  keys: {
    id: ID,
    'md5-reference': FILLED,
    'sha256-reference': {
      kind: 'text',
      filled: true,
      form: {
        pattern: /^[0-9a-fA-F]{64}$/,
        code: 'boutiques.hash-form',
        rule: 'must be 64 hexadecimal digits',
        mend: 'Take it from the output of `sha256sum`.',
      },
    },
    'text-reference': TEXT,
    'text-contains': filledListOf(TEXT),
    'numbers-reference': NUMBERS,
  },
  others: ANY,
};

const TEST: ObjectShape = {
  kind: 'object',
  noun: 'a test',
  required: ['name', 'invocation', 'assertions'],
  keys: {
    name: FILLED,
    invocation: freeObject('an invocation'),
    assertions: {
      kind: 'object',
      noun: 'assertions',
      required: [],
      keys: { 'exit-code': INTEGER, 'output-files': filledListOf(ASSERTED_FILE) },
      others: ANY,
      rules: ASSERTION_RULES,
    },
  },
  others: ANY,
};

const RESOURCES: ObjectShape = {
  kind: 'object',
  noun: '`suggested-resources`',
  required: [],
  keys: {
    'cpu-cores': { kind: 'number', whole: true, least: 1 },
    ram: { kind: 'number', least: 0 },
    'disk-space': { kind: 'number', least: 0 },
    nodes: { kind: 'number', whole: true, least: 1 },
    'walltime-estimate': { kind: 'number', least: 0 },
  },
  others: ANY,
};

/** A whole descriptor (schema 0.5). */
export const DESCRIPTOR: ObjectShape = {
  kind: 'object',
  noun: 'a descriptor',
  required: ['name', 'tool-version', 'description', 'schema-version', 'command-line', 'inputs'],
  keys: {
    $schema: TEXT,
    name: FILLED,
    'tool-version': FILLED,
    description: FILLED,
    author: FILLED,
    url: FILLED,
    'descriptor-url': FILLED,
    doi: FILLED,
    'tool-doi': FILLED,
    'deprecated-by-doi': { kind: 'either', of: [FILLED, TRUTH], says: 'a text or true or false' },
    'schema-version': { kind: 'text', oneOf: ['0.5'] },
    'command-line': FILLED,
    shell: FILLED,
    'container-image': IMAGE,
    'environment-variables': uniqueListOf(VARIABLE),
    inputs: uniqueListOf(INPUT),
    groups: uniqueListOf(GROUP),
    'output-files': uniqueListOf(OUTPUT),
    tests: filledListOf(TEST),
    'online-platform-urls': listOf({
      kind: 'text',
      form: {
        pattern: /^https?:\/\//,
        code: 'boutiques.url-form',
        rule: 'must begin with `http://` or `https://`',
        mend: 'Give the whole address.',
      },
    }),
    'invocation-schema': freeObject('`invocation-schema`'),
    'suggested-resources': RESOURCES,
    tags: {
      kind: 'object',
      noun: '`tags`',
      required: [],
      keys: {},
      others: {
        kind: 'either',
        of: [TEXT, TRUTH, listOf(TEXT)],
        says: 'a text, true or false, or a list of texts',
      },
    },
    'error-codes': uniqueListOf({
      kind: 'object',
      noun: 'an error code',
      required: ['code', 'description'],
      keys: { code: INTEGER, description: TEXT },
    }),
    custom: freeObject('`custom`'),
  },
};
