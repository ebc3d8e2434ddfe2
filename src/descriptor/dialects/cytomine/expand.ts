import type { ExpandContext } from '../../expand-context.ts';
import {
  type Command,
  type Descriptor,
  type DescriptorInput,
  type Invocation,
  type InvocationValue,
  SECRET_MASK,
} from '../../model.ts';
import { looseName } from './names.ts';
import { type Part, parseTemplate, type Word } from './template.ts';

/** One argument, and what is shown of it. */
interface Argument {
  readonly text: string;
  readonly shown: string;
}

/** What the placeholders of a line stand for in one run. */
interface Values {
  /** The text of an input's value; nothing when it has none or is never on the line. */
  textOf(input: DescriptorInput): string | undefined;
  /** The text of a placeholder no input declares, such as `[INFOLDER]` in folder mode. */
  folderOf(written: string): string | undefined;
  /** Whether a value is best left out because the app knows it already (sheet 1.7). */
  isLeftOut(input: DescriptorInput): boolean;
}

/**
 * The arguments a Cytomine app gets: the whole expanded command line, given to the image's
 * ENTRYPOINT (sheet 1.5–1.8). One pass over words that were split before any value was put in, so
 * a value stays one argument whatever is in it, and is never looked into again.
 */
export function expandCytomine(
  descriptor: Descriptor,
  invocation: Invocation,
  context: ExpandContext = {},
): Command {
  const template = parseTemplate(descriptor.commandLine, descriptor.inputs);
  const values = valuesOf(invocation, context);
  const argv: Argument[] = [];
  template.words.forEach((word, index) => {
    appendWord(argv, word, literalFlag(template.words[index - 1]), values);
  });
  argv.push(...folderArguments(argv, template.words, context));
  return {
    entrypoint: 'image',
    argv: argv.map((argument) => argument.text),
    maskedArgv: argv.map((argument) => argument.shown),
    environment: {},
    maskedEnvironment: {},
    files: [],
    outputs: [],
  };
}

function valuesOf(invocation: Invocation, context: ExpandContext): Values {
  const entries = new Map(invocation.map((entry) => [entry.inputId, entry.value]));
  return {
    textOf: (input) => {
      const value = input.serverParameter ? undefined : entries.get(input.id);
      const text = value === undefined ? '' : textOfValue(value);
      return text === '' ? undefined : text;
    },
    folderOf: (written) => folderNamed(written, context),
    isLeftOut: (input) =>
      input.type === 'Boolean' &&
      input.optional &&
      typeof input.defaultValue === 'boolean' &&
      entries.get(input.id) === input.defaultValue,
  };
}

/** A value as the platform writes it: numbers as they were written, lists joined by commas. */
export function textOfValue(value: InvocationValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if ('text' in value) return value.text;
  return value.map(textOfValue).join(',');
}

/** Appends what one word of the template becomes. */
function appendWord(
  argv: Argument[],
  word: Word,
  flagBefore: string | undefined,
  values: Values,
): void {
  const placeholders = word.parts.filter((part) => part.kind !== 'text');
  if (placeholders.length === 0) {
    argv.push(literal(word.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')));
  } else if (placeholders.length < word.parts.length) {
    appendGlued(argv, word.parts, values);
  } else {
    appendPlaceholders(argv, placeholders, flagBefore, values);
  }
}

/** A word of placeholders only, `[A]` or `[A][B]`: each gives its flag and its value, or nothing. */
function appendPlaceholders(
  argv: Argument[],
  parts: readonly Part[],
  flagBefore: string | undefined,
  values: Values,
): void {
  let given = 0;
  let ownsFlagBefore = false;
  const keysGiven = new Set<string>();
  for (const part of parts) {
    if (part.kind === 'text') continue;
    const flag = part.kind === 'input' ? (part.input.commandLineFlag ?? '') : '';
    const doubled = flagBefore !== undefined && (flag === '' || flag === flagBefore);
    ownsFlagBefore ||= doubled;
    const value = valueOfPart(part, values, flag !== '' || doubled);
    // Two inputs with one key: the first that has a value is the one that is meant.
    if (value === undefined || keysGiven.has(part.written)) continue;
    keysGiven.add(part.written);
    appendFlagged(argv, doubled && given === 0 ? '' : flag, value);
    given += 1;
  }
  // A flag written on the line belongs to the value after it: without the value it goes too.
  if (given === 0 && ownsFlagBefore && argv.at(-1)?.text === flagBefore) argv.pop();
}

function valueOfPart(part: Part, values: Values, flagged: boolean): Argument | undefined {
  if (part.kind === 'text') return undefined;
  if (part.kind === 'undeclared') {
    const folder = values.folderOf(part.written);
    return folder === undefined ? undefined : literal(folder);
  }
  if (flagged && values.isLeftOut(part.input)) return undefined;
  const text = values.textOf(part.input);
  if (text === undefined) return undefined;
  return { text, shown: part.input.secret ? SECRET_MASK : text };
}

function appendFlagged(argv: Argument[], flag: string, value: Argument): void {
  if (flag.endsWith('=')) {
    argv.push({ text: flag + value.text, shown: flag + value.shown });
    return;
  }
  for (const word of flag.split(/\s+/)) if (word !== '') argv.push(literal(word));
  argv.push(value);
}

/** A word such as `--size=[SIZE]` or `[NAME].tif`: values alone, no flags; without any value it vanishes. */
function appendGlued(argv: Argument[], parts: readonly Part[], values: Values): void {
  let text = '';
  let shown = '';
  let given = false;
  for (const part of parts) {
    const value = part.kind === 'text' ? literal(part.text) : valueOfPart(part, values, false);
    given ||= part.kind !== 'text' && value !== undefined;
    text += value?.text ?? '';
    shown += value?.shown ?? '';
  }
  if (given) argv.push({ text, shown });
}

const literal = (text: string): Argument => ({ text, shown: text });

/** The flag a word of the template is, if it is nothing else. */
export function literalFlag(word: Word | undefined): string | undefined {
  const [part, more] = word?.parts ?? [];
  if (part?.kind !== 'text' || more !== undefined) return undefined;
  return /^--?[A-Za-z][\w-]*$/.test(part.text) ? part.text : undefined;
}

const FOLDER_FLAGS = { in: '--infolder', out: '--outfolder', gt: '--gtfolder' } as const;

function folderNamed(written: string, context: ExpandContext): string | undefined {
  const name = looseName(written);
  if (name === 'INFOLDER') return context.folders?.in;
  if (name === 'OUTFOLDER') return context.folders?.out;
  return name === 'GTFOLDER' ? context.folders?.gt : undefined;
}

/**
 * BIAFLOWS folder mode: the folders, and the flags that tell the app there is no server (`--local`)
 * and no metrics to compute (`-nmc`). What the line says itself is not said again.
 */
function folderArguments(
  argv: readonly Argument[],
  words: readonly Word[],
  context: ExpandContext,
): Argument[] {
  const { folders } = context;
  if (folders === undefined || Object.values(folders).every((path) => path === undefined)) {
    return [];
  }
  const written = new Set(
    words.flatMap((word) =>
      word.parts.map((part) => (part.kind === 'text' ? '' : looseName(part.written))),
    ),
  );
  const given = (['in', 'out', 'gt'] as const).flatMap((which) => {
    const path = folders[which];
    if (path === undefined || written.has(`${which.toUpperCase()}FOLDER`)) return [];
    return [literal(FOLDER_FLAGS[which]), literal(path)];
  });
  const present = new Set(argv.map((argument) => argument.text));
  const modes = ['--local', '-nmc'].filter((flag) => !present.has(flag)).map(literal);
  return [...given, ...modes];
}
