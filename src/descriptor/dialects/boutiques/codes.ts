import type { CodeTable } from '../../codes.ts';

const error = (meaning: string) => ({ strength: 'error', meaning }) as const;
const warning = (meaning: string) => ({ strength: 'warning', meaning }) as const;
const hint = (meaning: string) => ({ strength: 'hint', meaning }) as const;

/** What is told of the structure of a descriptor: schema 0.5. */
const STRUCTURE_CODES = {
  'boutiques.version-older': error(
    'The descriptor is of schema 0.4, which is written differently.',
  ),
  'boutiques.key-unknown': error('A key that schema 0.5 does not know; only `custom` is free.'),
  'boutiques.key-missing': error('A key that schema 0.5 wants is missing.'),
  'boutiques.kind-wrong': error('A value of another kind than the key takes.'),
  'boutiques.word-unknown': error('A word that is none of those the key takes.'),
  'boutiques.text-empty': error('A text that must not be empty is.'),
  'boutiques.list-empty': error('A list that must not be empty is.'),
  'boutiques.item-repeated': error('Two items of a list are the same.'),
  'boutiques.number-not-whole': error('A number that must be whole is not.'),
  'boutiques.number-too-small': error('A number is below the least allowed.'),
  'boutiques.id-characters': error('An id has characters that ids may not have.'),
  'boutiques.variable-name': error('An environment variable has a name that schema 0.5 refuses.'),
  'boutiques.url-form': error('An address does not begin with http:// or https://.'),
  'boutiques.hash-form': error('A hash does not look like one.'),
  'boutiques.key-without': error('A key that has no meaning without another that is absent.'),
  'boutiques.key-of-other-type': error('A key that inputs of this type do not have.'),
  'boutiques.flag-list': error('A Flag is said to be a list.'),
  'boutiques.path-template-missing': error('An output-file has no path.'),
  'boutiques.path-templates-both': error('An output-file has a fixed and a conditional path.'),
  'boutiques.file-template-list': error('A file written from a template is said to be a list.'),
  'boutiques.image-key': error('A key of another kind of container-image.'),
  'boutiques.assertions-empty': error('A test asserts nothing.'),
} as const satisfies CodeTable;

/** What is told of the meaning of a descriptor, beyond its schema. */
const MEANING_CODES = {
  'boutiques.key-empty': error('A value-key is the empty text.'),
  'boutiques.key-unused': error('A value-key occurs in no template.'),
  'boutiques.key-contains-key': error('A value-key contains another one.'),
  'boutiques.key-shared': error('Two inputs that can both have a value share a value-key.'),
  'boutiques.output-key-shared': warning(
    'An output-file has the value-key of another part, so its path is never put in.',
  ),
  'boutiques.id-repeated': error('An id is used twice.'),
  'boutiques.id-comma': warning('An id has a comma.'),
  'boutiques.path-repeated': error('Two output-files have the same path-template.'),
  'boutiques.path-of-optional': warning(
    'The path of a required output-file is made of a value that may be left out.',
  ),
  'boutiques.path-cycle': error('The path of an output-file is built from itself.'),
  'boutiques.condition-default-missing': error('A required output-file may have no path.'),
  'boutiques.condition-default-repeated': error('A required output-file has two default paths.'),
  'boutiques.condition-unreachable': warning('A conditional path stands behind the default.'),
  'boutiques.condition-item-size': warning(
    'An item of conditional paths has not just one condition.',
  ),
  'boutiques.condition-syntax': error('A condition cannot be read.'),
  'boutiques.condition-name': error('A condition names what is neither input nor output-file.'),
  'boutiques.condition-type': error('A condition compares values of different types.'),
  'boutiques.condition-not-portable': hint('A condition that other tools refuse or misread.'),
  'boutiques.strip-order': hint('A shorter extension is listed before a longer one that holds it.'),
  'boutiques.flag-without-flag': error('A Flag has no command-line-flag.'),
  'boutiques.flag-required': error('A Flag is not optional.'),
  'boutiques.flag-of-several-words': hint('A command-line-flag has a space in it.'),
  'boutiques.range-empty': error('No number lies between minimum and maximum.'),
  'boutiques.choices-empty': error('The list of choices is empty.'),
  'boutiques.choice-repeated': warning('A choice is listed twice.'),
  'boutiques.choice-kind': warning('A choice is written as another kind than the input has.'),
  'boutiques.list-bounds': error('No list has as many items as are asked for.'),
  'boutiques.list-key-unused': warning('A key about lists on an input that is none.'),
  'boutiques.default-null': hint('A default is null.'),
  'boutiques.default-empty': warning('A default is an empty object; it is passed over.'),
  'boutiques.default-type': error('A default is not of the type of its input.'),
  'boutiques.default-kind': warning('A default is written as another kind than its input has.'),
  'boutiques.default-a-list': warning('The default of a single value is a list of one.'),
  'boutiques.default-not-a-list': warning('The default of a list is a single value.'),
  'boutiques.default-list-size': error('A default list is too short or too long.'),
  'boutiques.default-not-a-choice': error('A default is none of the choices.'),
  'boutiques.defaults-conflict': warning('Two inputs have defaults, but only one may be given.'),
  'boutiques.default-range': error('A default number is not allowed.'),
  'boutiques.requires-unknown': error('An input requires what does not exist.'),
  'boutiques.disables-unknown': error('An input disables what is no input.'),
  'boutiques.disables-required': error('An input disables a required one.'),
  'boutiques.requires-and-disables': error('An input requires and disables the same one.'),
  'boutiques.required-with-relations': error('A required input requires or disables others.'),
  'boutiques.value-relations-without-choices': error('Rules by choice without choices.'),
  'boutiques.value-relations-unknown-choice': error('A rule for a choice that does not exist.'),
  'boutiques.value-relations-incomplete': error('Rules by choice leave out a choice.'),
  'boutiques.value-relations-unknown-input': error('A rule by choice names what is no input.'),
  'boutiques.value-relations-required-input': error('A rule by choice names a required input.'),
  'boutiques.choice-requires-and-disables': error('A choice requires and disables the same input.'),
  'boutiques.member-unknown': error('A group names what is no input.'),
  'boutiques.member-repeated': error('A group names an input twice.'),
  'boutiques.member-required': error('A required input is a member of a group with a rule.'),
  'boutiques.member-requires-member': error('A member requires another that it excludes.'),
  'boutiques.group-rules-clash': error('A group is all-or-none and of another kind too.'),
  'boutiques.groups-contradict': error('Two groups let no member of theirs be given.'),
  'boutiques.group-within-group': error(
    'A one-is-required group lies within an all-or-none group.',
  ),
  'boutiques.test-name-repeated': error('Two tests have the same name.'),
  'boutiques.test-invocation': warning('The values of a test do not fit the inputs.'),
  'boutiques.test-output-unknown': error('A test speaks of an output-file that does not exist.'),
  'boutiques.test-output-repeated': error('A test speaks of an output-file twice.'),
  'boutiques.image-index': error('The image and its index name different places.'),
  'boutiques.rootfs-unsupported': warning('An image of a kind that no engine here runs.'),
  'boutiques.token-undeclared': warning(
    'A template holds what looks like a value-key and is none.',
  ),
  'boutiques.variable-key-within-text': warning('A value-key within the text of a variable.'),
  'boutiques.variable-comma': warning('The name of an environment variable has a comma.'),
  'boutiques.bash-syntax': warning('The command-line uses what a plain shell does not know.'),
  'boutiques.invocation-schema-stale': warning(
    'The embedded invocation-schema is not that of the inputs.',
  ),
  'boutiques.schema-line': hint('A `$schema` line, which other tools refuse.'),
  'boutiques.error-code-repeated': warning('An exit code is explained twice.'),
} as const satisfies CodeTable;

/** What is told of values for a descriptor. */
const INVOCATION_CODES = {
  'boutiques.required-by': error('An input that another one requires has no value.'),
  'boutiques.group-required': error('A required group has no member with a value.'),
  'boutiques.disabled-by': error('An input has a value although another one disables it.'),
  'boutiques.required-by-choice': error('An input that a choice requires has no value.'),
  'boutiques.disabled-by-choice': error('An input has a value although a choice disables it.'),
  'boutiques.group-exclusive': error(
    'More than one member of a mutually-exclusive group is given.',
  ),
  'boutiques.group-one-required': error('No member of a one-is-required group is given.'),
  'boutiques.group-all-or-none': error(
    'Some members of an all-or-none group are given, some are not.',
  ),
  'boutiques.list-item-repeated': warning('A choice is given twice in one list.'),
} as const satisfies CodeTable;

/** What can be wrong with a Boutiques 0.5 descriptor, or with values for one. */
export const BOUTIQUES_CODES = {
  ...STRUCTURE_CODES,
  ...MEANING_CODES,
  ...INVOCATION_CODES,
} as const satisfies CodeTable;

export type BoutiquesCode = keyof typeof BOUTIQUES_CODES;
