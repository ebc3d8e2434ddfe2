import type { InputType } from '../../model.ts';

/** A type as the platform knows it, and what it is in our model. */
export interface TypeReading {
  readonly type: InputType;
  readonly list: boolean;
  /** How well the word was written: as the platform stores it, in another case, in another vocabulary, or not at all. */
  readonly written: 'exact' | 'case' | 'foreign' | 'unknown';
  /** The platform's word for it. */
  readonly word: string;
  /** A word that means whole numbers only. */
  readonly integer?: true;
}

const TYPES: Readonly<Record<string, { type: InputType; list: boolean }>> = {
  String: { type: 'String', list: false },
  Number: { type: 'Number', list: false },
  Boolean: { type: 'Boolean', list: false },
  Date: { type: 'Date', list: false },
  Domain: { type: 'Domain', list: false },
  List: { type: 'String', list: true },
  ListDomain: { type: 'ListDomain', list: true },
};

/** Words of BIOMERO, Bilayers, App-Engine and Boutiques files, and of programmers, for the platform's. */
const FOREIGN: Readonly<Record<string, string>> = {
  float: 'Number',
  double: 'Number',
  integer: 'Number',
  int: 'Number',
  long: 'Number',
  numeric: 'Number',
  slider: 'Number',
  bool: 'Boolean',
  flag: 'Boolean',
  checkbox: 'Boolean',
  text: 'String',
  str: 'String',
  file: 'String',
  folder: 'String',
  directory: 'String',
  image: 'String',
  array: 'String',
  measurement: 'String',
  executable: 'String',
  textbox: 'String',
  enumeration: 'String',
  enum: 'String',
  choice: 'String',
  choices: 'String',
  select: 'String',
  dropdown: 'String',
  radio: 'String',
  path: 'String',
  password: 'String',
  datetime: 'Date',
};

const INTEGERS = ['integer', 'int', 'long'];

export const TYPE_WORDS: readonly string[] = Object.keys(TYPES);

/** Reads a `type`, whatever its case; an unknown word is read as String so that the rest can be checked. */
export function readType(written: string): TypeReading {
  const word = TYPE_WORDS.find((name) => name.toLowerCase() === written.toLowerCase());
  const known = word === undefined ? undefined : TYPES[word];
  if (word !== undefined && known !== undefined) {
    return { ...known, word, written: word === written ? 'exact' : 'case' };
  }
  const lower = written.toLowerCase();
  const foreign = Object.hasOwn(FOREIGN, lower) ? FOREIGN[lower] : undefined;
  const meant = foreign === undefined ? undefined : TYPES[foreign];
  if (foreign !== undefined && meant !== undefined) {
    const integer = INTEGERS.includes(lower) ? ({ integer: true } as const) : {};
    return { ...meant, ...integer, word: foreign, written: 'foreign' };
  }
  return { type: 'String', list: false, word: 'String', written: 'unknown' };
}
