import type { CodeTable } from './codes.ts';

/** Findings about a document of which no dialect can be told. */
export const DESCRIPTOR_CODES = {
  'descriptor.not-an-object': {
    strength: 'error',
    meaning: 'The text is JSON, but not a JSON object.',
  },
  'descriptor.dialect-unknown': {
    strength: 'error',
    meaning: 'Nothing in the document says which dialect it is written in.',
  },
  'descriptor.text-uncarriable': {
    strength: 'error',
    meaning:
      'A text holds a NUL or half of a character (a lone surrogate), which no command line can carry.',
  },
} as const satisfies CodeTable;
