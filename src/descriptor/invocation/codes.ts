import type { CodeTable } from '../codes.ts';

/** Findings about the values given for a descriptor's inputs, in any dialect. */
export const INVOCATION_CODES = {
  'invocation.not-an-object': {
    strength: 'error',
    meaning: 'The invocation file holds no object of values by input id.',
  },
  'invocation.yaml-syntax': { strength: 'error', meaning: 'The invocation file is not YAML.' },
  'invocation.too-large': {
    strength: 'error',
    meaning: 'The invocation file is larger than any real invocation.',
  },
  'invocation.duplicate-key': {
    strength: 'warning',
    meaning: 'A key occurs twice in the invocation file; the last one counts.',
  },
  'invocation.unknown-input': {
    strength: 'error',
    meaning: 'A value is given for an input the descriptor does not have.',
  },
  'invocation.set-by-server': {
    strength: 'error',
    meaning: 'A value is given by the user for an input that the server fills in.',
  },
  'invocation.required': { strength: 'error', meaning: 'A required input has no value.' },
  'invocation.server-value-missing': {
    strength: 'error',
    meaning: 'The server should fill in a required input, but has no value for it.',
  },
  'invocation.wrong-type': {
    strength: 'error',
    meaning: "A value is not of the input's type.",
  },
  'invocation.repeated': {
    strength: 'error',
    meaning: 'Several values are given for an input that takes one.',
  },
  'invocation.not-an-integer': {
    strength: 'error',
    meaning: 'A number with a fraction is given where an integer is asked for.',
  },
  'invocation.out-of-range': {
    strength: 'error',
    meaning: "A number lies outside the input's minimum and maximum.",
  },
  'invocation.not-a-choice': {
    strength: 'error',
    meaning: "A value is none of the input's choices.",
  },
  'invocation.list-length': {
    strength: 'error',
    meaning: 'A list has fewer or more items than the input allows.',
  },
  'invocation.nul-character': {
    strength: 'error',
    meaning: 'A value holds a NUL character, which no command line can carry.',
  },
  'invocation.lone-surrogate': {
    strength: 'error',
    meaning:
      'A value holds half of a character (a lone surrogate), which cannot be written as UTF-8.',
  },
  'invocation.value-too-long': {
    strength: 'error',
    meaning: 'A value is longer than Linux allows one argument to be.',
  },
  'invocation.argument-too-long': {
    strength: 'error',
    meaning: 'A value and the text beside it are together longer than one argument may be.',
  },
  'invocation.arguments-too-long': {
    strength: 'error',
    meaning: 'All arguments together are longer than Linux allows for one program.',
  },
} as const satisfies CodeTable;
