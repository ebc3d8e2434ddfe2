/** The tokens of JSON (RFC 8259), and of the two things people add to it: comments. */
export type TokenKind =
  | '{'
  | '}'
  | '['
  | ']'
  | ':'
  | ','
  | 'string'
  | 'number'
  | 'true'
  | 'false'
  | 'null'
  | 'comment'
  | 'fault'
  | 'end';

/** One token; `start` and `end` are offsets in UTF-16 code units. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** The decoded text of a string, the text of a number, the sentence of a fault. */
  readonly text: string;
  /** What to do about a fault. */
  readonly mend?: string;
  /** Offsets of characters below U+0020 that stand unescaped in a string. */
  readonly controls?: readonly number[];
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NUMBER_LIKE = /[-+.]?[\w.][\w.+-]*/y;
const WORD = /[\p{L}_$][\p{L}\p{N}_$.-]*/uy;
const PUNCTUATION = '{}[]:,';
const KEYWORDS: readonly TokenKind[] = ['true', 'false', 'null'];

/** The token that begins at or after `from`. Never throws; what is no token is a `fault`. */
export function tokenAt(text: string, from: number): Token {
  const start = skipSpace(text, from);
  if (start >= text.length) return { kind: 'end', start, end: start, text: '' };
  const character = text.charAt(start);
  if (PUNCTUATION.includes(character)) {
    return { kind: character as TokenKind, start, end: start + 1, text: character };
  }
  if (character === '"') return stringAt(text, start);
  if (character === '/' || character === '#') return commentAt(text, start);
  if (/[-+.\d]/.test(character)) return numberAt(text, start);
  return wordAt(text, start);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
  }
  return at;
}

const fault = (start: number, end: number, text: string, mend: string): Token => ({
  kind: 'fault',
  start,
  end,
  text,
  mend,
});

function stringAt(text: string, start: number): Token {
  const controls: number[] = [];
  let escaped = false;
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return stringToken(text, { start, end: at + 1, escaped, controls });
    if (code === 0x0a || code === 0x0d) break;
    if (code < 0x20) controls.push(at);
    if (code !== 0x5c) continue;
    escaped = true;
    const length = escapeLength(text, at);
    if (length === 0) return escapeFault(text, at);
    at += length - 1;
  }
  return /[\r\n]/.test(text.slice(start))
    ? fault(
        start,
        start + 1,
        'This text is not closed: no `"` follows on the same line',
        'Close the text with `"`; write a line break inside a text as `\\n`.',
      )
    : fault(
        start,
        start + 1,
        'The file ends inside this text',
        'The file seems to be cut off; get it again.',
      );
}

function stringToken(
  text: string,
  found: { start: number; end: number; escaped: boolean; controls: readonly number[] },
): Token {
  const inner = text.slice(found.start + 1, found.end - 1);
  return {
    kind: 'string',
    start: found.start,
    end: found.end,
    text: found.escaped ? unescapeText(inner) : inner,
    ...(found.controls.length > 0 ? { controls: found.controls } : {}),
  };
}

/** How long the escape at `at` is, 0 when it is none of RFC 8259 section 7. */
function escapeLength(text: string, at: number): number {
  if ('"\\/bfnrt'.includes(text.charAt(at + 1)) && at + 1 < text.length) return 2;
  return /^u[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 6)) ? 6 : 0;
}

function escapeFault(text: string, at: number): Token {
  const written = `\\${text.charAt(at + 1)}`;
  return fault(
    at,
    at + 2,
    `\`${written}\` is no escape JSON knows`,
    'Write a backslash itself as `\\\\`; the escapes are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits.',
  );
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const unescapeText = (inner: string): string =>
  inner.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined
      ? (SHORT_ESCAPES[letter] ?? letter)
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );

function commentAt(text: string, start: number): Token {
  if (text.startsWith('/*', start)) {
    const close = text.indexOf('*/', start + 2);
    if (close >= 0) return { kind: 'comment', start, end: close + 2, text: '' };
    return fault(start, start + 2, 'This comment is never closed', 'Close it with `*/`.');
  }
  if (text.startsWith('//', start) || text.charAt(start) === '#') {
    const end = /[\r\n]|$/g;
    end.lastIndex = start;
    return { kind: 'comment', start, end: end.exec(text)?.index ?? text.length, text: '' };
  }
  return unknownCharacter(text, start);
}

function numberAt(text: string, start: number): Token {
  NUMBER.lastIndex = start;
  NUMBER_LIKE.lastIndex = start;
  const strict = NUMBER.exec(text)?.[0];
  const like = NUMBER_LIKE.exec(text)?.[0];
  if (strict !== undefined && strict === (like ?? strict)) {
    return { kind: 'number', start, end: start + strict.length, text: strict };
  }
  if (like === undefined) return unknownCharacter(text, start);
  return fault(
    start,
    start + like.length,
    `\`${shorten(like)}\` is not a number as JSON writes them`,
    'No leading zero, no leading `+`, digits on both sides of the point, no NaN or Infinity; put it in double quotes if it is a text.',
  );
}

function wordAt(text: string, start: number): Token {
  WORD.lastIndex = start;
  const word = WORD.exec(text)?.[0];
  if (word === undefined) return unknownCharacter(text, start);
  const end = start + word.length;
  const keyword = KEYWORDS.find((kind) => kind === word);
  if (keyword !== undefined) return { kind: keyword, start, end, text: word };
  const lower = KEYWORDS.find((kind) => kind === word.toLowerCase());
  return fault(
    start,
    end,
    `The word \`${shorten(word)}\` stands where JSON wants a value or a key in double quotes`,
    lower === undefined
      ? `Put it in double quotes: \`"${shorten(word)}"\`.`
      : `JSON writes it in lower case: \`${lower}\`.`,
  );
}

function unknownCharacter(text: string, start: number): Token {
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
  const end = start + character.length;
  if (character === "'") {
    return fault(start, end, "A text in single quotes (') is not JSON", 'Use double quotes (").');
  }
  if ('“”„‟«»‘’'.includes(character)) {
    return fault(
      start,
      end,
      `The typographic quote ${character} is not JSON`,
      'Use straight double quotes ("); a word processor may have changed them.',
    );
  }
  const code = `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? ''}`;
  const shown = /[\p{C}\p{Z}]/u.test(character) ? code : `\`${character}\` (${code})`;
  return fault(start, end, `The character ${shown} has no place here`, 'Remove it.');
}

const shorten = (word: string): string => (word.length > 40 ? `${word.slice(0, 40)}…` : word);
