import type { ObjectRule } from './shape.ts';

/** `key` has no meaning without `needed`. */
const needs = (key: string, needed: string): ObjectRule => ({
  code: 'boutiques.key-without',
  broken: (keys) => (keys.has(key) && !keys.has(needed) ? key : undefined),
  says: ({ owner }) => `\`${key}\` of ${owner} has no meaning without \`${needed}\`.`,
  mend: `Add \`${needed}\`, or remove \`${key}\`.`,
});

/** `key` is for inputs of these types only. */
const onlyFor = (key: string, types: readonly string[]): ObjectRule => ({
  code: 'boutiques.key-of-other-type',
  broken: (keys) => {
    const type = keys.get('type');
    return keys.has(key) && typeof type === 'string' && !types.includes(type) ? key : undefined;
  },
  says: ({ keys, owner }) =>
    `\`${key}\` is for inputs of type ${types.join(' or ')}, but ${owner} is a ${String(keys.get('type'))}.`,
  mend: `Remove \`${key}\`, or make the input a ${types.join(' or ')}.`,
});

export const INPUT_RULES: readonly ObjectRule[] = [
  needs('command-line-flag-separator', 'command-line-flag'),
  needs('min-list-entries', 'list'),
  needs('max-list-entries', 'list'),
  needs('list-separator', 'list'),
  needs('exclusive-minimum', 'minimum'),
  needs('exclusive-maximum', 'maximum'),
  needs('value-disables', 'value-choices'),
  onlyFor('value-choices', ['String', 'Number']),
  onlyFor('integer', ['Number']),
  onlyFor('minimum', ['Number']),
  onlyFor('maximum', ['Number']),
  onlyFor('uses-absolute-path', ['File']),
  {
    code: 'boutiques.flag-list',
    broken: (keys) =>
      keys.get('type') === 'Flag' && keys.get('list') === true ? 'list' : undefined,
    says: ({ owner }) => `${owner} is a Flag, which is given or not given; it cannot be a list.`,
    mend: 'Remove `list`; for a flag that may be repeated use a Number that counts it.',
  },
];

export const OUTPUT_RULES: readonly ObjectRule[] = [
  needs('command-line-flag-separator', 'command-line-flag'),
  {
    code: 'boutiques.path-template-missing',
    broken: (keys) =>
      keys.has('path-template') || keys.has('conditional-path-template')
        ? undefined
        : 'path-template',
    says: ({ owner }) => `${owner} has no path template, so nobody knows where it will be.`,
    mend: 'Add `path-template`, or `conditional-path-template` where it depends on the inputs.',
  },
  {
    code: 'boutiques.path-templates-both',
    broken: (keys) =>
      keys.has('path-template') && keys.has('conditional-path-template')
        ? 'path-template'
        : undefined,
    says: ({ owner }) =>
      `${owner} has a \`path-template\` and a \`conditional-path-template\`; it can have only one of them.`,
    mend: 'Make the path-template the `default` of the conditional one.',
  },
  {
    code: 'boutiques.file-template-list',
    broken: (keys) => (keys.has('file-template') && keys.get('list') === true ? 'list' : undefined),
    says: ({ owner }) =>
      `${owner} is written from a \`file-template\`, so it is one file and cannot be a list.`,
    mend: 'Remove `list`.',
  },
];

/** The keys of the two kinds of image do not mix. */
const imageKey = (key: string, isRootfs: boolean): ObjectRule => ({
  code: 'boutiques.image-key',
  broken: (keys) =>
    keys.has(key) &&
    typeof keys.get('type') === 'string' &&
    (keys.get('type') === 'rootfs') !== isRootfs
      ? key
      : undefined,
  says: ({ keys }) => `\`${key}\` is not for images of type ${String(keys.get('type'))}.`,
  mend: isRootfs
    ? 'Name the image by `image`.'
    : 'Name the file system by `url`; nothing else is used.',
});

const imageNeeds = (key: string, isRootfs: boolean): ObjectRule => ({
  code: 'boutiques.key-missing',
  broken: (keys) =>
    !keys.has(key) &&
    typeof keys.get('type') === 'string' &&
    (keys.get('type') === 'rootfs') === isRootfs
      ? key
      : undefined,
  says: ({ keys }) =>
    `An image of type ${String(keys.get('type'))} has no \`${key}\`; it needs one.`,
  mend: isRootfs
    ? 'Add `url`, the address of the file system.'
    : 'Add `image`, for example "debian:bookworm".',
});

export const IMAGE_RULES: readonly ObjectRule[] = [
  imageNeeds('image', false),
  imageNeeds('url', true),
  imageKey('url', true),
  ...['image', 'index', 'entrypoint', 'container-opts'].map((key) => imageKey(key, false)),
];

export const ASSERTION_RULES: readonly ObjectRule[] = [
  {
    code: 'boutiques.assertions-empty',
    broken: (keys) => (keys.has('exit-code') || keys.has('output-files') ? undefined : 'exit-code'),
    says: ({ owner }) => `${owner} asserts nothing.`,
    mend: 'Add `exit-code` or `output-files`.',
  },
];
