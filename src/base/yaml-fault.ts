/** What is wrong with a text that is not YAML, and what to try. */
interface YamlFault {
  readonly problem: string;
  readonly hint: string;
}

const QUOTE = 'Write "…" around the value.';
const INDENT =
  'Let all lines of one part begin in the same column, each deeper part two spaces further.';

/** By the parser's code of what it stumbled on. What is rare is told in the parser's own words. */
const FAULTS: Readonly<Record<string, YamlFault>> = {
  BLOCK_AS_IMPLICIT_KEY: {
    problem:
      'here a value stands, and behind or below it more names with values, as if it had parts',
    hint: `${INDENT} A value with ": " in it needs quotes.`,
  },
  MULTILINE_IMPLICIT_KEY: {
    problem: 'this line is neither a name with its value nor the rest of one',
    hint: 'Write `name: value`, with a space behind the colon.',
  },
  MISSING_CHAR: {
    problem: 'something is missing here: a colon behind a name, or a comma between two values',
    hint: 'Write `name: value`, with a space behind the colon, or [one, two].',
  },
  BAD_INDENT: { problem: 'this line begins in the wrong column', hint: INDENT },
  TAB_AS_INDENT: {
    problem: 'a tab stands where YAML takes spaces only',
    hint: 'Write two spaces in its place.',
  },
  DUPLICATE_KEY: {
    problem: 'this name stands here for the second time',
    hint: 'Leave one of the two lines out.',
  },
  BAD_SCALAR_START: { problem: 'a value cannot begin with this character', hint: QUOTE },
  BAD_DQ_ESCAPE: {
    problem: 'a backslash in "…" begins a sequence, and this is none',
    hint: 'Write \'…\' in place of "…", or two backslashes.',
  },
  BAD_ALIAS: {
    problem: 'a value that begins with * refers to another one, and there is none',
    hint: QUOTE,
  },
  UNEXPECTED_TOKEN: { problem: 'this cannot stand here', hint: QUOTE },
  MULTIPLE_DOCS: {
    problem: 'a second document begins here',
    hint: 'Leave the line --- out, or make it two files.',
  },
};

/** Told by the parser in its words only. */
const UNCLOSED: readonly (readonly [RegExp, YamlFault])[] = [
  [
    /and end with a [\]}]$/,
    { problem: 'a [ or { above is not closed', hint: 'Write the ] or } that belongs to it.' },
  ],
  [
    /^Missing closing /,
    { problem: 'a text in quotes is not closed', hint: 'Write the second quote.' },
  ],
];

/** In plain words, for people who do not know YAML's own. */
export const yamlFault = ({
  code,
  message,
}: {
  readonly code: string;
  readonly message: string;
}): YamlFault =>
  UNCLOSED.find(([pattern]) => pattern.test(message))?.[1] ??
  FAULTS[code] ?? {
    problem: `the file is not YAML: ${message}`,
    hint: 'Write `name: value` in each line.',
  };
