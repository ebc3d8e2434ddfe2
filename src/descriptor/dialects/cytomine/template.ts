import type { DescriptorInput } from '../../model.ts';
import { bareName, looseName } from './names.ts';

/** A piece of one word of a command line. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'input';
      readonly input: DescriptorInput;
      readonly written: string;
      /** `mended`: written otherwise than the input's value-key, but clearly meaning it. */
      readonly form: 'exact' | 'mended';
    }
  | { readonly kind: 'undeclared'; readonly written: string };

/** One word: what becomes one argument, or none, or a flag and its value. */
export interface Word {
  readonly parts: readonly Part[];
  /** As written, for messages, and where it begins in the command line. */
  readonly written: string;
  readonly start: number;
}

export interface Template {
  readonly words: readonly Word[];
  /** A quote that never closes; it stands for itself. */
  readonly openQuote?: string;
}

const BRACKETED = /\[\s*(@?[A-Za-z_][\w-]*)\s*\]/y;
/** What a placeholder without brackets looks like: `CYTOMINE_HOST`, `@radius`. */
const BARE = /^(?:@[A-Za-z_]\w*|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)$/;

/** The raw parts of a word, before names are looked up. */
type Scanned =
  | { readonly kind: 'text'; text: string; readonly quoted: boolean }
  | { readonly kind: 'key'; readonly inputs: readonly DescriptorInput[]; readonly written: string }
  | { readonly kind: 'bracketed'; readonly written: string };

interface ScannedWord {
  parts: Scanned[];
  start: number;
  end: number;
}

/**
 * Splits a command line into words at white space, honouring quotes and backslashes as the shell
 * does that the platform pastes it into, and finds the placeholders in each: declared value-keys,
 * longest first, never inside another word; then those that are written otherwise but clearly mean
 * an input whose own key is nowhere on the line (`[ID ]`, `ID` for `[ID]`, `[ID]` for `[@ID]`).
 */
export function parseTemplate(commandLine: string, inputs: readonly DescriptorInput[]): Template {
  const { words, openQuote } = scan(commandLine, inputs);
  const resolve = resolver(words, inputs);
  return {
    words: words.map((word) => ({
      parts: resolve(word),
      written: commandLine.slice(word.start, word.end),
      start: word.start,
    })),
    ...(openQuote === undefined ? {} : { openQuote }),
  };
}

function scan(
  line: string,
  inputs: readonly DescriptorInput[],
): { words: ScannedWord[]; openQuote?: string } {
  const words: ScannedWord[] = [];
  const keyAt = keyFinder(line, inputs);
  let word: ScannedWord | undefined;
  let quote: { mark: string; at: number } | undefined;
  let openQuote: string | undefined;
  const begin = (at: number): ScannedWord => {
    if (word === undefined) words.push((word = { parts: [], start: at, end: at }));
    return word;
  };
  const add = (at: number, length: number, part: Scanned | string): void => {
    const open = begin(at);
    open.end = at + length;
    if (typeof part !== 'string') open.parts.push(part);
    else addText(open.parts, part, quote !== undefined);
  };
  for (let at = 0; at < line.length;) {
    const character = line.charAt(at);
    const found = keyAt(at) ?? bracketedAt(line, at);
    if (found !== undefined) {
      add(at, found.length, found.part);
      at += found.length;
    } else if (character === quote?.mark) {
      add(at, 1, '');
      quote = undefined;
      at += 1;
    } else if (quote?.mark !== "'" && continuesLine(line, at)) {
      at += line.charAt(at + 1) === '\r' ? 3 : 2;
    } else if (character === '\\' && escapes(line.charAt(at + 1), quote?.mark)) {
      add(at, 2, line.charAt(at + 1));
      at += 2;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      if (line.includes(character, at + 1)) {
        quote = { mark: character, at };
        add(at, 1, '');
      } else {
        openQuote = character;
        add(at, 1, character);
      }
      at += 1;
    } else if (quote === undefined && /\s/.test(character)) {
      word = undefined;
      at += 1;
    } else {
      add(at, 1, character);
      at += 1;
    }
  }
  return { words, ...(openQuote === undefined ? {} : { openQuote }) };
}

/** A backslash at the end of a line joins it with the next (POSIX shell, section 2.2.1). */
const continuesLine = (line: string, at: number): boolean =>
  line.charAt(at) === '\\' && (line.charAt(at + 1) === '\n' || line.startsWith('\r\n', at + 1));

/** Whether a backslash takes the meaning from the next character (POSIX shell, section 2.2). */
function escapes(next: string, quote: string | undefined): boolean {
  if (next === '' || quote === "'") return false;
  return quote === '"' ? next === '"' || next === '\\' : /[\s"'\\]/.test(next);
}

function addText(parts: Scanned[], text: string, quoted: boolean): void {
  const last = parts.at(-1);
  if (last?.kind === 'text' && last.quoted === quoted) last.text += text;
  else parts.push({ kind: 'text', text, quoted });
}

interface Found {
  readonly part: Scanned;
  readonly length: number;
}

/** Finds the longest declared key that begins at an offset; a bare key only as a word of its own. */
function keyFinder(
  line: string,
  inputs: readonly DescriptorInput[],
): (at: number) => Found | undefined {
  const byKey = new Map<string, DescriptorInput[]>();
  for (const input of inputs) {
    if (input.valueKey === undefined || input.valueKey === '') continue;
    const same = byKey.get(input.valueKey);
    if (same === undefined) byKey.set(input.valueKey, [input]);
    else same.push(input);
  }
  const keys = [...byKey.keys()];
  const starts = new Set(keys.map((key) => key.charAt(0)));
  const lengths = [...new Set(keys.map((key) => key.length))].sort((left, right) => right - left);
  return (at) => {
    if (!starts.has(line.charAt(at))) return undefined;
    const key = lengths
      .map((length) => line.slice(at, at + length))
      .find((piece) => byKey.has(piece) && standsAlone(line, at, piece));
    if (key === undefined) return undefined;
    return {
      part: { kind: 'key', inputs: byKey.get(key) ?? [], written: key },
      length: key.length,
    };
  };
}

function standsAlone(line: string, at: number, key: string): boolean {
  const before = at > 0 && /[\w@-]/.test(line.charAt(at - 1)) && /^[\w@]/.test(key);
  const after = /[\w-]/.test(line.charAt(at + key.length)) && /\w$/.test(key);
  return !before && !after;
}

function bracketedAt(line: string, at: number): Found | undefined {
  if (line.charAt(at) !== '[') return undefined;
  BRACKETED.lastIndex = at;
  const written = BRACKETED.exec(line)?.[0];
  return written === undefined
    ? undefined
    : { part: { kind: 'bracketed', written }, length: written.length };
}

/** Turns scanned words into words whose placeholders are looked up. */
function resolver(
  words: readonly ScannedWord[],
  inputs: readonly DescriptorInput[],
): (word: ScannedWord) => readonly Part[] {
  const exact = new Set(
    words.flatMap((word) => word.parts.flatMap((part) => (part.kind === 'key' ? part.inputs : []))),
  );
  const loose = looseNames(inputs.filter((input) => !exact.has(input)));
  const named = (written: string): Part | undefined => {
    const input = loose.get(looseName(written));
    return input === undefined ? undefined : { kind: 'input', input, written, form: 'mended' };
  };
  return (word) =>
    word.parts.flatMap((part): readonly Part[] => {
      if (part.kind === 'key') {
        return part.inputs.map((input): Part => {
          return { kind: 'input', input, written: part.written, form: 'exact' };
        });
      }
      if (part.kind === 'bracketed') {
        const text = part.written;
        const undeclared: Part = isPlaceholderName(bareName(text))
          ? { kind: 'undeclared', written: text }
          : { kind: 'text', text };
        return [named(text) ?? undeclared];
      }
      const alone = word.parts.length === 1 && !part.quoted && BARE.test(part.text);
      return [(alone ? named(part.text) : undefined) ?? { kind: 'text', text: part.text }];
    });
}

/** `[abc]` may be a pattern for file names; `[ABC]` and `[@abc]` are placeholders to every author seen. */
const isPlaceholderName = (name: string): boolean => BARE.test(name);

/** Inputs by what is left of their key or id when brackets, `@` and case are ignored; the ambiguous ones by none. */
function looseNames(inputs: readonly DescriptorInput[]): ReadonlyMap<string, DescriptorInput> {
  const byName = new Map<string, DescriptorInput>();
  const ambiguous = new Set<string>();
  for (const input of inputs) {
    for (const name of new Set([looseName(input.valueKey ?? ''), looseName(input.id)])) {
      if (byName.has(name)) ambiguous.add(name);
      byName.set(name, input);
    }
  }
  for (const name of ambiguous) byName.delete(name);
  return byName;
}
