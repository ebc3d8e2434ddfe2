import type { CodeTable } from '../codes.ts';

/** Findings about the text itself, before any dialect is known. */
export const JSON_CODES = {
  'json.empty': { strength: 'error', meaning: 'The file is empty, or holds white space only.' },
  'json.too-large': { strength: 'error', meaning: 'The text is larger than any real descriptor.' },
  'json.too-deep': {
    strength: 'error',
    meaning: 'Lists and objects are nested deeper than any real descriptor.',
  },
  'json.syntax': { strength: 'error', meaning: 'The text is not JSON from this place on.' },
  'json.comma-missing': {
    strength: 'error',
    meaning: 'A comma is missing between two members or items.',
  },
  'json.trailing-comma': {
    strength: 'error',
    meaning: 'A comma stands before a closing bracket; JSON does not allow it.',
  },
  'json.trailing-comma-accepted': {
    strength: 'warning',
    meaning: 'A comma before a closing bracket was accepted because reading is lenient.',
  },
  'json.comment': { strength: 'error', meaning: 'A comment; JSON has none.' },
  'json.comment-accepted': {
    strength: 'warning',
    meaning: 'A comment was passed over because reading is lenient.',
  },
  'json.control-character': {
    strength: 'error',
    meaning: 'A control character such as a tab stands unescaped in a text.',
  },
  'json.control-character-accepted': {
    strength: 'warning',
    meaning: 'An unescaped control character was accepted because reading is lenient.',
  },
  'json.duplicate-key': {
    strength: 'warning',
    meaning: 'A key occurs twice in one object; the last one counts.',
  },
  'json.byte-order-mark': {
    strength: 'hint',
    meaning: 'The file begins with a byte order mark, which some readers refuse.',
  },
  'json.line-ends': {
    strength: 'hint',
    meaning: 'Lines end in CRLF, as on Windows; nothing reads them otherwise.',
  },
} as const satisfies CodeTable;
