import {
  COMPARISON_OPERATORS,
  ConditionError,
  syntax,
  type ComparisonOperator,
  type ConditionNames,
  type Expression,
} from './condition-model.ts';

export type Token =
  | {
      readonly kind: 'operand';
      readonly offset: number;
      readonly text: string;
      readonly expression: Expression;
    }
  | {
      readonly kind: 'operator';
      readonly offset: number;
      readonly text: string;
      readonly operator: ComparisonOperator;
    }
  /** `and`, `or`, `not`, `(` or `)`. */
  | { readonly kind: 'word'; readonly offset: number; readonly text: string };

const SPACE = /\s+/y;
const TEXT = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy;
const OPERATOR = /==|!=|<=|>=|<|>/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
/** Ids may hold commas and begin with a digit (schema 0.5). */
const WORD = /[\w,]+/y;
const WORDS = new Set(['and', 'or', 'not']);
const TRUTHS = new Map([
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
]);

/** The tokens of a condition. Throws a `ConditionError` at the first thing that is none. */
export function readTokens(text: string, names: ConditionNames): readonly Token[] {
  const keys = [...names.idOfKey.keys()]
    .filter((key) => key !== '')
    .sort((a, b) => b.length - a.length);
  const tokens: Token[] = [];
  for (let offset = skip(text, 0); offset < text.length;) {
    const token = tokenAt(text, offset, names, keys);
    tokens.push(token);
    offset = skip(text, offset + token.text.length);
  }
  return tokens;
}

function tokenAt(
  text: string,
  offset: number,
  names: ConditionNames,
  keys: readonly string[],
): Token {
  const quoted = match(TEXT, text, offset);
  if (quoted !== undefined)
    return operand(offset, quoted, { kind: 'literal', type: 'text', value: unquoted(quoted) });

  const operator = match(OPERATOR, text, offset);
  if (operator !== undefined && isOperator(operator))
    return { kind: 'operator', offset, text: operator, operator };

  const parenthesis = text.charAt(offset);
  if (parenthesis === '(' || parenthesis === ')')
    return { kind: 'word', offset, text: parenthesis };

  const word = match(WORD, text, offset);
  if (word !== undefined && names.typeOf.has(word))
    return operand(offset, word, nameOf(word, names));

  const key = keys.find((candidate) => text.startsWith(candidate, offset));
  if (key !== undefined) return operand(offset, key, nameOf(names.idOfKey.get(key) ?? key, names));
  return wordOrNumber(text, offset, word);
}

function wordOrNumber(text: string, offset: number, word: string | undefined): Token {
  if (word !== undefined && WORDS.has(word)) return { kind: 'word', offset, text: word };
  const truth = word === undefined ? undefined : TRUTHS.get(word);
  if (word !== undefined && truth !== undefined)
    return operand(offset, word, { kind: 'literal', type: 'flag', value: truth });

  const number = match(NUMBER, text, offset);
  if (number !== undefined && number.length >= (word?.length ?? 0))
    return operand(offset, number, {
      kind: 'literal',
      type: 'number',
      value: { kind: 'number', text: number, value: Number(number) },
    });
  if (word === undefined) throw syntax(offset, unexpected(text, offset));
  throw new ConditionError({
    kind: 'unknown-name',
    offset,
    message: `"${word}" is neither an input nor an output-file`,
    word,
  });
}

function unexpected(text: string, offset: number): string {
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  if (character === '"' || character === "'") return `the text after ${character} is not closed`;
  if (character === '=') return '"=" compares nothing: write "=="';
  if (text.startsWith('&&', offset)) return '"&&" is not known here: write "and"';
  if (text.startsWith('||', offset)) return '"||" is not known here: write "or"';
  if (character === '!') return '"!" is not known here: write "not"';
  return `"${character}" does not belong there`;
}

const operand = (offset: number, text: string, expression: Expression): Token => ({
  kind: 'operand',
  offset,
  text,
  expression,
});

const nameOf = (id: string, names: ConditionNames): Expression => ({
  kind: 'name',
  type: names.typeOf.get(id) ?? 'text',
  id,
});

const unquoted = (quoted: string): string => quoted.slice(1, -1).replaceAll(/\\(["'\\])/g, '$1');

const isOperator = (text: string): text is ComparisonOperator =>
  COMPARISON_OPERATORS.some((operator) => operator === text);

const skip = (text: string, offset: number): number =>
  offset + (match(SPACE, text, offset)?.length ?? 0);

function match(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}
