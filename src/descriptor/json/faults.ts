import type { Diagnostic } from '../diagnostic.ts';
import { JSON_CODES } from './codes.ts';
import { lineStartsOf, positionIn } from './document.ts';
import type { Token } from './tokens.ts';

export const VALUE_KINDS = 'Write a text, a number, true, false, null, a list or an object.';

/** What people give by mistake, by how it begins. */
const LOOKS = [
  {
    pattern: /^<(?:!doctype|html|\?xml|head|body)/i,
    message: 'This is a web page or XML, not JSON.',
    mend: 'If it was downloaded, take the address of the raw file.',
  },
  {
    pattern: /^(?:---\s|["']?[\w-]+["']?\s*:(?:\s|$))/,
    message: 'This looks like YAML, not JSON.',
    mend: 'Descriptors of Cytomine and Boutiques are JSON: keys and texts in double quotes, all in `{ … }`.',
  },
];

/** Gathers what is wrong with a text as JSON, each fault with its line and column. */
export class JsonFaults {
  readonly diagnostics: Diagnostic[] = [];
  readonly #text: string;
  readonly #lenient: boolean | undefined;
  #lineStarts: readonly number[] | undefined;

  /**
   * @param lenient whether a trailing comma, a comment or a raw control character is only warned
   * of; undefined where the person cannot ask for that, so that it is not offered
   */
  constructor(text: string, lenient: boolean | undefined) {
    this.#text = text;
    this.#lenient = lenient;
  }

  /** Notes one fault at an offset in UTF-16 code units. */
  add(
    code: keyof typeof JSON_CODES,
    offset: number,
    message: string,
    extra: { pointer?: string; value?: unknown; mend?: string } = {},
  ): void {
    this.#lineStarts ??= lineStartsOf(this.#text);
    this.diagnostics.push({
      code,
      strength: JSON_CODES[code].strength,
      pointer: '',
      position: positionIn(this.#lineStarts, offset),
      message,
      ...extra,
    });
  }

  /** Notes a token that may not stand where it does: what should stand there, and what does. */
  addSyntax(token: Token, wanted: string, mend: string): void {
    if (token.kind === 'fault') {
      this.add('json.syntax', token.start, `${token.text}.`, { mend: token.mend ?? mend });
      return;
    }
    const found =
      token.kind === 'end'
        ? ', but the file ends'
        : token.kind === 'string'
          ? ', but a text does'
          : `, but \`${token.text.slice(0, 40)}\` does`;
    this.add('json.syntax', token.start, `${wanted}${found}.`, { mend });
  }

  /** Notes a text that is no JSON from its first character on, naming what it seems to be instead. */
  addForeign(token: Token): void {
    const look = LOOKS.find(({ pattern }) => pattern.test(this.#text.slice(token.start)));
    if (look === undefined) this.addSyntax(token, 'A value should stand here', VALUE_KINDS);
    else this.add('json.syntax', token.start, look.message, { mend: look.mend });
  }

  /** Notes what lenient reading accepts. */
  addTolerated(
    code: 'json.trailing-comma' | 'json.comment' | 'json.control-character',
    offset: number,
    message: string,
    mend: string,
  ): void {
    if (this.#lenient === true) {
      this.add(`${code}-accepted`, offset, message, { mend });
    } else {
      const offer = this.#lenient === false ? ' Lenient reading accepts it.' : '';
      this.add(code, offset, message, { mend: `${mend}${offer}` });
    }
  }

  /** Control characters that stand unescaped in a text. */
  addControls(token: Token): void {
    for (const at of token.controls ?? []) {
      const code = this.#text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
      const escape = code === '0009' ? '\\t' : `\\u${code}`;
      const name = code === '0009' ? 'A tab (U+0009)' : `The control character U+${code}`;
      this.addTolerated(
        'json.control-character',
        at,
        `${name} stands unescaped in a text.`,
        `Write it as \`${escape}\`.`,
      );
    }
  }
}
