import { LIMITS } from '../../base/limits.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { JsonDocument, type Place } from './document.ts';
import { JsonFaults, VALUE_KINDS } from './faults.ts';
import {
  closingOf,
  nameOf,
  placeIn,
  startsNext,
  stepOfNext,
  type Open,
  type OpenObject,
} from './open.ts';
import { pointerOf } from './pointer.ts';
import { type Token, tokenAt } from './tokens.ts';
import { type JsonValue, numberOf } from './value.ts';

/** A text read as JSON: the document, unless the text could not be read to its end. */
export interface JsonReading {
  readonly document?: JsonDocument;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads JSON (RFC 8259), keeping the place of every key and value and the text of every number.
 * What a person mends in one stroke (a trailing comma, a comment, a missing comma, a raw tab in a
 * text) is noted and read over, so that the rest is checked too; the first other fault ends it.
 * Never throws and never recurses: depth is bounded by LIMITS.jsonDepthMax.
 * @param options.lenient accept trailing commas, comments and raw control characters, with a warning
 */
export function readJson(
  text: string,
  options: { lenient?: boolean | undefined } = {},
): JsonReading {
  const reader = new Reader(text, options.lenient);
  return reader.read();
}

class Reader {
  readonly #text: string;
  readonly #faults: JsonFaults;
  readonly #places = new Map<JsonValue, ReadonlyMap<string, Place> | readonly number[]>();
  readonly #open: Open[] = [];
  #at = 0;

  constructor(text: string, lenient: boolean | undefined) {
    this.#text = text;
    this.#faults = new JsonFaults(text, lenient);
  }

  read(): JsonReading {
    if (this.#text.charCodeAt(0) === 0xfeff) {
      this.#at = 1;
      this.#faults.add(
        'json.byte-order-mark',
        0,
        'The file begins with a byte order mark (U+FEFF).',
        {
          mend: 'Save it as UTF-8 without a byte order mark.',
        },
      );
    }
    this.#checkLineEnds();
    const first = this.#next();
    if (first.kind === 'end') {
      this.#faults.add('json.empty', first.start, 'The file is empty: it holds no JSON.', {
        mend: 'Write a descriptor, or give the path of the right file.',
      });
      return { diagnostics: this.#faults.diagnostics };
    }
    const root = this.#values(first);
    if (root === undefined) return { diagnostics: this.#faults.diagnostics };
    const last = this.#next();
    if (last.kind !== 'end') {
      this.#faults.add(
        'json.syntax',
        last.start,
        'Something follows after the end of the JSON value.',
        {
          mend: 'Remove it; one file holds one value.',
        },
      );
      return { diagnostics: this.#faults.diagnostics };
    }
    return {
      document: new JsonDocument(this.#text, root, first.start, this.#places),
      diagnostics: this.#faults.diagnostics,
    };
  }

  #checkLineEnds(): void {
    const at = this.#text.indexOf('\r');
    if (at < 0) return;
    this.#faults.add('json.line-ends', at, 'Lines end in CRLF, as on Windows.', {
      mend: 'Nothing needs to be done; LF keeps version control quiet.',
    });
  }

  /** One value from its first token to its end, with an explicit stack instead of recursion. */
  #values(first: Token): JsonValue | undefined {
    let token = first;
    for (;;) {
      const value = this.#scalar(token);
      if (value === undefined) {
        if (token.kind !== '{' && token.kind !== '[') {
          if (this.#open.length === 0) this.#faults.addForeign(token);
          else this.#faults.addSyntax(token, 'A value should stand here', VALUE_KINDS);
          return undefined;
        }
        if (!this.#enter(token)) return undefined;
      } else {
        placeIn(this.#open.at(-1), value, token.start);
      }
      const following = this.#following(value === undefined);
      if (following === undefined) return undefined;
      if ('done' in following) return following.done ?? value;
      token = following.token;
    }
  }

  /** After a value or an opening bracket: closes what is closed, and finds the next value's token. */
  #following(justOpened: boolean): { token: Token } | { done: JsonValue | undefined } | undefined {
    let opened = justOpened;
    let closed: JsonValue | undefined;
    for (;;) {
      const open = this.#open.at(-1);
      if (open === undefined) return { done: closed };
      const token = this.#separator(open, opened);
      if (token === undefined) return undefined;
      if (token.kind === '}' || token.kind === ']') {
        closed = this.#close(open, token);
        if (closed === undefined) return undefined;
        opened = false;
        continue;
      }
      if (open.kind === 'list') return { token };
      return this.#key(open, token) ? { token: this.#next() } : undefined;
    }
  }

  /** The token that begins the next member or item, or the closing bracket; the comma is passed. */
  #separator(open: Open, opened: boolean): Token | undefined {
    const token = this.#next();
    const closing = token.kind === '}' || token.kind === ']';
    if (opened || closing) return token;
    if (token.kind !== ',') {
      if (startsNext(open, token)) {
        this.#faults.add('json.comma-missing', token.start, 'A comma is missing before this.', {
          mend: 'Put a comma at the end of what stands before it.',
        });
        return token;
      }
      this.#faults.addSyntax(
        token,
        `A comma or \`${closingOf(open)}\` should stand here`,
        `Separate members by commas; close the ${nameOf(open)} by \`${closingOf(open)}\`.`,
      );
      return undefined;
    }
    const next = this.#next();
    if (next.kind === '}' || next.kind === ']') {
      this.#faults.addTolerated(
        'json.trailing-comma',
        token.start,
        `A comma stands before the closing \`${next.kind}\`; JSON does not allow it.`,
        'Remove the comma.',
      );
    }
    return next;
  }

  #enter(token: Token): boolean {
    if (this.#open.length >= LIMITS.jsonDepthMax) {
      this.#faults.add(
        'json.too-deep',
        token.start,
        `Lists and objects are nested more than ${LIMITS.jsonDepthMax} deep; no descriptor is.`,
        { mend: 'Give the path of a descriptor; this is probably another file.' },
      );
      return false;
    }
    const step = stepOfNext(this.#open.at(-1));
    const open: Open =
      token.kind === '{'
        ? { kind: 'object', step, value: new Map(), places: new Map(), key: undefined }
        : { kind: 'list', step, value: [], places: [] };
    this.#places.set(open.value, open.places);
    placeIn(this.#open.at(-1), open.value, token.start);
    this.#open.push(open);
    return true;
  }

  #close(open: Open, token: Token): JsonValue | undefined {
    if (token.kind !== closingOf(open)) {
      this.#faults.add(
        'json.syntax',
        token.start,
        `\`${token.kind}\` stands here, but the ${nameOf(open)} that is open closes with \`${closingOf(open)}\`.`,
        { mend: 'Look for a bracket that is missing or too many before this place.' },
      );
      return undefined;
    }
    this.#open.pop();
    return open.value;
  }

  #key(open: OpenObject, token: Token): boolean {
    if (token.kind !== 'string') {
      this.#faults.addSyntax(
        token,
        'A key in double quotes should stand here',
        'Each member of an object is `"key": value`.',
      );
      return false;
    }
    this.#faults.addControls(token);
    const colon = this.#next();
    if (colon.kind !== ':') {
      this.#faults.addSyntax(
        colon,
        `A colon should follow the key \`${shortened(token.text)}\``,
        'Write `"key": value`.',
      );
      return false;
    }
    open.key = { text: token.text, start: token.start };
    if (open.value.has(token.text)) {
      this.#faults.add(
        'json.duplicate-key',
        token.start,
        `The key \`${shortened(token.text)}\` occurs more than once in this object; the last one counts.`,
        { pointer: this.#pointer(token.text), value: token.text, mend: 'Keep one of them.' },
      );
    }
    return true;
  }

  #scalar(token: Token): JsonValue | undefined {
    if (token.kind === 'string') {
      this.#faults.addControls(token);
      return token.text;
    }
    if (token.kind === 'number') return numberOf(token.text);
    if (token.kind === 'null') return null;
    return token.kind === 'true' || token.kind === 'false' ? token.kind === 'true' : undefined;
  }

  #pointer(last: string): string {
    const steps = this.#open.slice(1).map((open) => open.step);
    return pointerOf(...steps, last);
  }

  /** The next token that is no comment. */
  #next(): Token {
    for (;;) {
      const token = tokenAt(this.#text, this.#at);
      this.#at = token.end;
      if (token.kind !== 'comment') return token;
      this.#faults.addTolerated(
        'json.comment',
        token.start,
        'A comment stands here; JSON has none.',
        'Remove it; a `description` can say the same.',
      );
    }
  }
}

const shortened = (key: string): string => (key.length > 60 ? `${key.slice(0, 60)}…` : key);
