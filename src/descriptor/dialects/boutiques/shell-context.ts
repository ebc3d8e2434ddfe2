import {
  endsHeredoc,
  expectsDelimiter,
  heredocsOf,
  inHeredoc,
  type Heredoc,
} from './shell-heredoc.ts';
import { escapeSingleQuotes, inSingleQuotes, shellQuote } from '../../../base/shell-quote.ts';

/**
 * Follows a shell line from left to right and knows, at each place, how a value must be written
 * there so that the program gets exactly that value: as a bare word, between quotes that the
 * descriptor's author has put around the key, in a command substitution, in a comment, or in the
 * script of a `sh -c '…'` that will be read by a shell once more.
 */
export class ShellContext {
  readonly #frames: [Frame, ...Frame[]] = [plainFrame('')];
  #escaped = false;
  /** The line so far, without quoted texts and comments: it tells of here-documents. */
  #line = '';
  readonly #heredocs: Heredoc[] = [];

  /** Takes in text of the template itself. */
  read(text: string): void {
    for (const character of text) this.#step(character);
  }

  /** The text to put at this place for `value`; `next` is the template's text right behind it. */
  insert(value: string, next = ''): string {
    const frame = this.#top();
    const carried = innerOf(frame)?.insert(value) ?? value;
    let text = quotedFor(frame, carried, next);
    if (frame.kind === 'heredoc') frame.command += text.slice(text.lastIndexOf('\n') + 1);
    else if (frame.kind === 'plain') this.#line += 'x';
    // Backquotes take one layer of backslashes off before their text is read.
    for (const { closer } of this.#frames)
      if (closer === '`') text = text.replace(/[\\`$]/g, '\\$&');
    this.#escaped = false;
    if (frame.kind === 'plain') frame.command += 'x';
    return text;
  }

  #top(): Frame {
    return this.#frames.at(-1) ?? this.#frames[0];
  }

  #step(character: string): void {
    const frame = this.#top();
    if (frame.kind === 'plain' || frame.isDelimiter === true) this.#line += character;
    switch (frame.kind) {
      case 'plain': {
        const endsLine = character === '\n' && !this.#escaped;
        this.#stepPlain(frame, character);
        if (endsLine) this.#endLine();
        return;
      }
      case 'heredoc':
        this.#stepHeredoc(frame, character);
        return;
      case 'single':
        if (character === "'" && !this.#escaped) this.#frames.pop();
        else frame.inner?.read(character);
        this.#escaped = frame.isAnsi === true && character === '\\' && !this.#escaped;
        return;
      case 'double':
        this.#stepDouble(frame, character);
        return;
      case 'comment':
        if (character === '\n') {
          this.#frames.pop();
          this.#endLine();
        }
        return;
      default:
        frame.kind satisfies never;
    }
  }

  #endLine(): void {
    this.#heredocs.push(...heredocsOf(this.#line));
    this.#line = '';
    this.#openHeredoc();
  }

  #openHeredoc(): void {
    const heredoc = this.#heredocs.shift();
    if (heredoc === undefined) return;
    this.#escaped = false;
    this.#frames.push({
      ...plainFrame(''),
      kind: 'heredoc',
      heredoc,
      ...(heredoc.isScript ? { inner: new ShellContext() } : {}),
    });
  }

  /** `frame.command` is the line so far. */
  #stepHeredoc(frame: Frame, character: string): void {
    const isVerbatim = frame.heredoc?.isVerbatim === true;
    const isEscaped = this.#escaped;
    this.#escaped = !isVerbatim && character === '\\' && !isEscaped;
    if (character === '\n') {
      const ends = frame.heredoc !== undefined && endsHeredoc(frame.heredoc, frame.command);
      frame.command = '';
      if (ends) {
        this.#frames.pop();
        this.#openHeredoc();
        return;
      }
    } else {
      const opensParentheses = character === '(' && frame.command.endsWith('$');
      frame.command += character;
      if (!isVerbatim && !isEscaped && (opensParentheses || character === '`')) {
        this.#frames.push(plainFrame(opensParentheses ? ')' : '`'));
        return;
      }
    }
    frame.inner?.read(character);
  }

  #stepPlain(frame: Frame, character: string): void {
    if (this.#escaped) {
      this.#escaped = false;
      frame.command += character;
      frame.inner?.read(character);
      return;
    }
    const opened = this.#opened(frame, character);
    if (opened !== undefined) {
      frame.command += 'x';
      this.#frames.push(opened);
      return;
    }
    if (character === '\\') this.#escaped = true;
    else if (closes(frame, character)) this.#frames.pop();
    else if (character === '(') frame.depth += 1;
    else if (character === ')') frame.depth = Math.max(0, frame.depth - 1);
    if (/\s/.test(character)) delete frame.inner;
    else frame.inner?.read(character);
    frame.command = /[;&|()\n]/.test(character) ? '' : frame.command + character;
  }

  #opened(frame: Frame, character: string): Frame | undefined {
    if (character === "'" || character === '"') {
      if (STARTS_SCRIPT.test(frame.command)) frame.inner = new ShellContext();
      return {
        ...quoteFrame(character === "'" ? 'single' : 'double', frame.inner),
        isAnsi: character === "'" && frame.command.endsWith('$'),
        isDelimiter: expectsDelimiter(this.#line.slice(-64, -1)),
      };
    }
    if (character === '`' && frame.closer !== '`') return plainFrame('`');
    if (character === '(' && frame.command.endsWith('$')) return plainFrame(')');
    if (character === '#' && /(^|\s)$/.test(frame.command))
      return { ...plainFrame(''), kind: 'comment' };
    return undefined;
  }

  #stepDouble(frame: Frame, character: string): void {
    if (this.#escaped) {
      this.#escaped = false;
      frame.inner?.read(/[$`"\\]/.test(character) ? character : `\\${character}`);
      frame.command = '';
      return;
    }
    if (character === '\\') this.#escaped = true;
    else if (character === '"') this.#frames.pop();
    else if (character === '`') this.#frames.push(plainFrame('`'));
    else if (character === '(' && frame.command.endsWith('$')) this.#frames.push(plainFrame(')'));
    else frame.inner?.read(character);
    frame.command = character;
  }
}

/** One level of quoting that is open at the present place. */
interface Frame {
  kind: 'plain' | 'single' | 'double' | 'comment' | 'heredoc';
  /** What ends a substitution: `)` or a backquote; nothing for the line itself and for quotes. */
  readonly closer: '' | ')' | '`';
  /** Parentheses opened since, in a plain frame. */
  depth: number;
  /** The simple command so far, with `x` for what was quoted or inserted. */
  command: string;
  /** The shell that will read this word again, where it is the script of `sh -c`. */
  inner?: ShellContext;
  /** The here-document whose text this is. */
  readonly heredoc?: Heredoc;
  /** `$'…'` of bash, where a backslash means something. */
  readonly isAnsi?: boolean;
  /** A quoted word that says what ends a here-document. */
  readonly isDelimiter?: boolean;
}

/** The next word is a script: of a shell's `-c` (`bash -lc`, `/bin/sh -e -c`), or of `eval`. */
const STARTS_SCRIPT = /(?:^|[\s/])(?:(?:ba|da|k|z)?sh(?:\s+-\w+)*\s+-\w*c|eval)\s+$/;

/** Words that are syntax where a command may begin, and `NAME=value`. */
const SYNTAX_AT_COMMAND =
  /^(?:if|then|elif|else|fi|for|in|do|done|case|esac|while|until|select|function|time|coproc|[A-Za-z_]\w*\+?=.*)$/s;

const plainFrame = (closer: Frame['closer']): Frame => ({
  kind: 'plain',
  closer,
  depth: 0,
  command: '',
});

const quoteFrame = (kind: 'single' | 'double', inner: ShellContext | undefined): Frame => ({
  ...plainFrame(''),
  kind,
  ...(inner === undefined ? {} : { inner }),
});

const closes = (frame: Frame, character: string): boolean =>
  frame.closer !== '' && character === frame.closer && (character === '`' || frame.depth === 0);

/** Inside a comment nothing is read again. */
const innerOf = (frame: Frame): ShellContext | undefined =>
  frame.kind === 'comment' ? undefined : frame.inner;

function quotedFor(frame: Frame, value: string, next: string): string {
  switch (frame.kind) {
    case 'plain':
      return bareWord(frame, value, next);
    case 'single':
      // Out of `$'…'` and back: a shell that does not know it adds a dollar sign, and no more.
      return frame.isAnsi === true ? `'${inSingleQuotes(value)}$'` : escapeSingleQuotes(value);
    case 'heredoc':
      return frame.heredoc === undefined
        ? value
        : inHeredoc(frame.heredoc, value, { before: frame.command, next });
    case 'double':
      return value.replace(/[\\$`"]/g, '\\$&');
    case 'comment':
      return value.replaceAll(/[\r\n]+/g, ' ');
    default:
      return frame.kind satisfies never;
  }
}

function bareWord(frame: Frame, value: string, next: string): string {
  const isRedirected = /^\d+$/.test(value) && /^[<>]/.test(next);
  // The value first: looking through the whole command for each item makes a long list slow.
  const isSyntax = SYNTAX_AT_COMMAND.test(value) && frame.command.trim() === '';
  return isRedirected || isSyntax ? inSingleQuotes(value) : shellQuote(value);
}
