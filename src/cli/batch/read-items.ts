import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import {
  isJsonArray,
  isJsonObject,
  isJsonNumber,
  parseInvocationText,
  type Descriptor,
  type Diagnostic,
  type JsonDocument,
  type JsonObject,
  type JsonValue,
  type RawValue,
} from '../../descriptor/index.ts';
import { readTextFile } from '../../site/index.ts';
import type { Terminal } from '../terminal.ts';
import {
  ITEM_KEYS,
  PLAIN_NAME_KEYS,
  type GivenItem,
  type GivenItems,
  type ItemFault,
} from '../../site/batch/index.ts';

/**
 * Reads a file of items: JSON Lines, a JSON or YAML list of objects, or CSV whose header has the ids
 * of inputs. `-` is JSON Lines on standard input. Everything that is wrong is among the faults; throws
 * `input-missing` for a file that cannot be read at all, `usage` for one of no known kind.
 */
export async function readItems(
  given: string,
  descriptor: Descriptor,
  terminal: Terminal,
): Promise<GivenItems> {
  const text = await readTextFile(given, terminal, {
    bytesMax: LIMITS.batchFileBytesMax,
    purpose: {
      code: 'input-missing',
      hint: 'Give the path of a file of items; `cyto-run batch --help` has examples.',
    },
  });
  const read = await readText(text, given, descriptor);
  if (read.items.length > LIMITS.batchItemsMax)
    throw new RunnerError(
      'usage',
      `${given} has ${read.items.length} items, more than the ${LIMITS.batchItemsMax} of one batch`,
      { hint: 'Split it into several batches.' },
    );
  return read;
}

async function readText(text: string, given: string, descriptor: Descriptor): Promise<GivenItems> {
  switch (given === '-' ? '.jsonl' : posix.extname(given).toLowerCase()) {
    case '.jsonl':
    case '.ndjson':
      return jsonLines(text, descriptor);
    case '.json':
      return list(text, 'json', descriptor);
    case '.yaml':
    case '.yml':
      return list(text, 'yaml', descriptor);
    case '.csv':
    case '.tsv':
      return (await import('./csv-items.ts')).csvItems(text, descriptor);
    default:
      throw new RunnerError('usage', `${JSON.stringify(given)} is not a file of items`, {
        hint: 'Its name ends in .csv, .tsv, .jsonl, .json, .yaml or .yml; or give --each id=GLOB.',
      });
  }
}

async function jsonLines(text: string, descriptor: Descriptor): Promise<GivenItems> {
  const items: GivenItem[] = [];
  const faults: ItemFault[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const place = `line ${index + 1}`;
    const { document, diagnostics } = await parseInvocationText(line, 'json');
    if (document !== undefined && isJsonObject(document.root))
      addItem(document.root, place, descriptor, { items, faults });
    else faults.push({ place, code: 'invocation-invalid', messages: messagesOf(diagnostics) });
  }
  return { items, faults };
}

async function list(
  text: string,
  format: 'json' | 'yaml',
  descriptor: Descriptor,
): Promise<GivenItems> {
  const { document, diagnostics } = await parseInvocationText(text, format);
  const items: GivenItem[] = [];
  const faults: ItemFault[] = [];
  if (document === undefined || !isJsonArray(document.root)) {
    const [first] = diagnostics;
    const messages =
      document === undefined
        ? messagesOf(diagnostics)
        : ['It is not a list of items. Write one object of values by input id for each.'];
    const line = first?.position?.line ?? 1;
    return { items, faults: [{ place: `line ${line}`, code: 'invocation-invalid', messages }] };
  }
  for (const [index, value] of document.root.entries()) {
    const place = `line ${lineOf(document, index)}`;
    if (isJsonObject(value)) addItem(value, place, descriptor, { items, faults });
    else
      faults.push({
        place,
        code: 'invocation-invalid',
        messages: ['This item is not an object of values by input id.'],
      });
  }
  return { items, faults };
}

const lineOf = (document: JsonDocument, index: number): number =>
  document.positionOf(`/${index}`).line;

const messagesOf = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(({ message, mend }) => (mend === undefined ? message : `${message} ${mend}`));

function addItem(
  object: JsonObject,
  place: string,
  { inputs }: Descriptor,
  into: { items: GivenItem[]; faults: ItemFault[] },
): void {
  const messages: string[] = [];
  const values: Record<string, RawValue> = {};
  const own: { name?: string; in?: string; gt?: string } = {};
  for (const [key, value] of object) {
    const word = wordOf(key, inputs);
    if (word === undefined) values[key] = { kind: 'json', value };
    else {
      const text = textOf(value);
      if (own[word] !== undefined) messages.push(`${key} says again what another key says.`);
      if (text === undefined) messages.push(`${key} is not a text.`);
      else own[word] = text;
    }
  }
  if (messages.length > 0) into.faults.push({ place, code: 'invocation-invalid', messages });
  else into.items.push({ place, values, ...own });
}

/** What a key of an item says that is no input of the app; undefined: it is one, or is to be one. */
export function wordOf(
  key: string,
  inputs: Descriptor['inputs'],
): 'name' | 'in' | 'gt' | undefined {
  if (key === ITEM_KEYS.name) return 'name';
  if (key === ITEM_KEYS.in) return 'in';
  if (key === ITEM_KEYS.gt) return 'gt';
  return PLAIN_NAME_KEYS.includes(key) && !inputs.some(({ id }) => id === key) ? 'name' : undefined;
}

/** Numbers as they were written: an item may be called 007. */
function textOf(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value;
  return isJsonNumber(value) ? value.text : undefined;
}
