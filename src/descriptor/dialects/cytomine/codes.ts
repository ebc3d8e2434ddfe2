import type { CodeTable } from '../../codes.ts';

/** Findings about a Cytomine descriptor (the sheets of the platform's own readers are the rules). */
export const CYTOMINE_CODES = {
  // The document
  'cytomine.wrong-kind': {
    strength: 'error',
    meaning: 'A key has a value of another kind than it should, such as a text for a number.',
  },
  'cytomine.kind-passed-over': {
    strength: 'warning',
    meaning: 'A key that no command is made of has a value of another kind than it should.',
  },
  'cytomine.name-missing': { strength: 'warning', meaning: 'The app has no name.' },
  'cytomine.schema-version': {
    strength: 'warning',
    meaning: 'The schema version is absent or is not `cytomine-0.1`.',
  },
  'cytomine.unknown-key': {
    strength: 'warning',
    meaning: 'A key of the descriptor that no Cytomine reader knows.',
  },
  'cytomine.server-inputs-missing': {
    strength: 'warning',
    meaning: 'Inputs that every app needs to log in to a Cytomine server are missing.',
  },
  // The image
  'cytomine.image-missing': { strength: 'error', meaning: 'No container image is named.' },
  'cytomine.image-type-missing': {
    strength: 'warning',
    meaning: 'The container image has no type; the platform refuses the app.',
  },
  'cytomine.image-type': {
    strength: 'warning',
    meaning: 'The image type is not `singularity`, the only one the platform can run.',
  },
  'cytomine.image-swapped': {
    strength: 'error',
    meaning: 'The image type and the image name have changed places.',
  },
  'cytomine.image-name': {
    strength: 'error',
    meaning: 'The image name is no valid reference, for example because of capital letters.',
  },
  'cytomine.image-tag': {
    strength: 'warning',
    meaning: 'The image name has a tag; the platform adds the release as a second one.',
  },
  'cytomine.image-namespace': {
    strength: 'warning',
    meaning: 'The image name has no user or organisation.',
  },
  'cytomine.image-index': {
    strength: 'hint',
    meaning: 'The image index is not used by the platform.',
  },
  // Each input
  'cytomine.inputs-missing': { strength: 'warning', meaning: 'The descriptor has no inputs.' },
  'cytomine.input-id-missing': { strength: 'error', meaning: 'An input has no `id`.' },
  'cytomine.input-id-duplicate': {
    strength: 'error',
    meaning: 'Two different inputs have the same `id`.',
  },
  'cytomine.input-repeated': {
    strength: 'warning',
    meaning: 'An input is there twice, the same both times; it counts once.',
  },
  'cytomine.input-id-characters': {
    strength: 'warning',
    meaning: 'An `id` has characters other than letters, digits and underscores.',
  },
  'cytomine.input-id-case': {
    strength: 'hint',
    meaning: 'An `id` mixes capital and small letters, which the forms of its key and flag lose.',
  },
  'cytomine.unknown-input-key': {
    strength: 'warning',
    meaning: 'A key of an input that no Cytomine reader knows, often a misspelt one.',
  },
  'cytomine.type-missing': { strength: 'error', meaning: 'An input has no `type`.' },
  'cytomine.type-unknown': {
    strength: 'error',
    meaning: 'The type of an input is none of the platform’s.',
  },
  'cytomine.type-foreign': {
    strength: 'warning',
    meaning: 'The type of an input is another format’s word; the platform refuses it.',
  },
  'cytomine.type-case': {
    strength: 'hint',
    meaning: 'The type of an input is written in other letters than the platform’s.',
  },
  'cytomine.optional-missing': {
    strength: 'warning',
    meaning: 'Without `optional` the platform asks for a value and the Python client does not.',
  },
  'cytomine.required-with-default': {
    strength: 'hint',
    meaning: 'An input is required and has a default, so it never needs to be asked for.',
  },
  'cytomine.boolean-required': {
    strength: 'warning',
    meaning: 'A required Boolean cannot have its default in apps built with a client before 2.4.1.',
  },
  'cytomine.set-by-server-missing': {
    strength: 'hint',
    meaning: 'An input does not say whether the server sets it; it counts as set by the user.',
  },
  'cytomine.truth-as-text': {
    strength: 'warning',
    meaning: 'A truth value is in quotes; the platform takes any text for true.',
  },
  'cytomine.set-by-server-name': {
    strength: 'warning',
    meaning: 'An input is set by the server, but the platform fills in only five names.',
  },
  'cytomine.set-by-server-default': {
    strength: 'hint',
    meaning: 'An input is set by the server and has a default.',
  },
  'cytomine.default-key': {
    strength: 'warning',
    meaning: 'The default is under `default`, which the platform does not read.',
  },
  'cytomine.default-null': { strength: 'hint', meaning: 'A default of null is no default.' },
  'cytomine.default-number-as-text': {
    strength: 'hint',
    meaning: 'The default of a number is a text.',
  },
  'cytomine.default-not-a-number': {
    strength: 'warning',
    meaning: 'The default of a number is no number.',
  },
  'cytomine.default-boolean-as-text': {
    strength: 'warning',
    meaning: 'The default of a Boolean is a text or a number; some clients take any text for true.',
  },
  'cytomine.default-not-a-boolean': {
    strength: 'warning',
    meaning: 'The default of a Boolean is neither true nor false.',
  },
  'cytomine.default-not-an-id': {
    strength: 'warning',
    meaning: 'The default of a Domain or ListDomain is not made of ids of objects.',
  },
  'cytomine.default-domain': {
    strength: 'warning',
    meaning: 'A Domain has a default, which is an object of one server only.',
  },
  'cytomine.default-with-space': {
    strength: 'warning',
    meaning: 'The default has a space; the platform splits it into several arguments.',
  },
  'cytomine.default-out-of-range': {
    strength: 'warning',
    meaning: 'The default lies outside minimum and maximum.',
  },
  'cytomine.default-not-an-integer': {
    strength: 'warning',
    meaning: 'The default has a fraction where an integer is asked for.',
  },
  'cytomine.default-not-a-choice': {
    strength: 'warning',
    meaning: 'The default is none of the choices.',
  },
  'cytomine.number-by-literal': {
    strength: 'hint',
    meaning: 'Only the decimal point of its default makes BIOMERO take a number for a fraction.',
  },
  'cytomine.range-as-text': {
    strength: 'warning',
    meaning: 'The minimum or maximum of a number is a text.',
  },
  'cytomine.range-empty': { strength: 'error', meaning: 'The minimum is above the maximum.' },
  'cytomine.range-ignored': {
    strength: 'hint',
    meaning: 'A range is given for a type that has none.',
  },
  'cytomine.integer-ignored': {
    strength: 'hint',
    meaning: 'The platform does not read `integer`; it is checked here only.',
  },
  'cytomine.value-choices-ignored': {
    strength: 'warning',
    meaning: 'The choices are under `value-choices`; the platform reads `values-choice`.',
  },
  'cytomine.choices-unchecked': {
    strength: 'hint',
    meaning: 'The platform’s own check of `values-choice` cannot work; it is checked here.',
  },
  'cytomine.choice-kind': {
    strength: 'warning',
    meaning: 'A choice is no value of the type of its input, so nobody can choose it.',
  },
  'cytomine.choices-empty': {
    strength: 'warning',
    meaning: 'A list of choices is empty, so it is no rule.',
  },
  'cytomine.uri-missing': {
    strength: 'warning',
    meaning: 'A Domain or ListDomain has no `uri`, so the platform has nothing to choose from.',
  },
  'cytomine.uri-placeholder': {
    strength: 'warning',
    meaning: 'A `uri` has a `$…$` word the platform does not replace.',
  },
  // Keys, flags and the command line
  'cytomine.command-line-missing': { strength: 'error', meaning: 'There is no command line.' },
  'cytomine.command-line-spaces': {
    strength: 'hint',
    meaning: 'Spaces at an end or in a row give the app empty arguments on the platform.',
  },
  'cytomine.command-line-lines': {
    strength: 'warning',
    meaning: 'The command line has line breaks or tabs, at which the platform does not split.',
  },
  'cytomine.command-line-quote': {
    strength: 'warning',
    meaning: 'A quote in the command line is never closed.',
  },
  'cytomine.command-line-shell': {
    strength: 'warning',
    meaning: 'The command line has shell syntax; no shell runs it here.',
  },
  'cytomine.value-key-missing': {
    strength: 'hint',
    meaning: 'An input has no `value-key`; it is `[` id in capitals `]`.',
  },
  'cytomine.value-key-empty': {
    strength: 'warning',
    meaning: 'The `value-key` is empty; the platform has no place for the value.',
  },
  'cytomine.value-key-literal': {
    strength: 'hint',
    meaning: 'A `value-key` is written out instead of as `[@ID]`.',
  },
  'cytomine.value-key-shared': {
    strength: 'warning',
    meaning: 'Two inputs have the same `value-key`; only one of them reaches the app.',
  },
  'cytomine.value-key-collision': {
    strength: 'warning',
    meaning: 'A key is part of another, and the platform spoils the longer one.',
  },
  'cytomine.value-key-overlap': {
    strength: 'hint',
    meaning: 'A key is part of another; in this order no harm comes of it.',
  },
  'cytomine.flag-missing': {
    strength: 'warning',
    meaning:
      'Without `command-line-flag` the platform passes a bare value; the Python client expects a flag.',
  },
  'cytomine.flag-empty': {
    strength: 'hint',
    meaning: 'An empty flag: the value is passed by its place alone.',
  },
  'cytomine.flag-differs': {
    strength: 'hint',
    meaning: 'A flag is not `--` and the id, as which the Python client knows the input.',
  },
  'cytomine.flag-doubled': {
    strength: 'warning',
    meaning: 'The command line has the flag of an input and the input has it too.',
  },
  'cytomine.placeholder-undeclared': {
    strength: 'warning',
    meaning: 'A placeholder of the command line is no input’s.',
  },
  'cytomine.placeholder-form': {
    strength: 'warning',
    meaning: 'A placeholder is written otherwise than the value-key it means.',
  },
  'cytomine.placeholder-glued': {
    strength: 'warning',
    meaning: 'A placeholder is part of a word, where the platform puts flag and value.',
  },
  'cytomine.placeholder-repeated': {
    strength: 'hint',
    meaning: 'A placeholder occurs twice, so its value is passed twice.',
  },
  'cytomine.input-unused': {
    strength: 'warning',
    meaning:
      'The command line does not have the key of an input, so its value never reaches the app.',
  },
  'cytomine.server-parameter-used': {
    strength: 'warning',
    meaning: 'The command line has the key of a server parameter, which is never passed.',
  },
} as const satisfies CodeTable;
