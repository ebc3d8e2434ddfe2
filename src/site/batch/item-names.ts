import { posix } from 'node:path';

import { LIMITS } from '../../base/limits.ts';
import { plainOf, type Descriptor, type RawValue } from '../../descriptor/index.ts';
import type { GivenItem, ItemFault } from './item.ts';

/** An item with its name, which no other of the batch has, and the folder of its outputs. */
export interface NamedItem extends GivenItem {
  readonly name: string;
  /** Below the batch's output folder; a single step, unique also where upper and lower case are one. */
  readonly folder: string;
}

/**
 * Names every item: as the user did, else by its first file, else by its number. Names that the user
 * gave twice are faults; those we give are told apart by a number. Pure.
 */
export function nameItems(
  items: readonly GivenItem[],
  descriptor: Descriptor,
): { readonly items: readonly NamedItem[]; readonly faults: readonly ItemFault[] } {
  const faults: ItemFault[] = [];
  const given = new Map<string, string>();
  for (const { name, place } of items) {
    if (name === undefined) continue;
    const key = name.normalize('NFC');
    const before = given.get(key);
    if (before === undefined) given.set(key, place);
    else
      faults.push({
        place,
        item: name,
        code: 'invocation-invalid',
        messages: [`The name ${JSON.stringify(name)} is that of ${before} too.`],
      });
  }
  const taken = new Set(given.keys());
  const width = String(items.length).length;
  const names = items.map(
    (item, index) =>
      item.name?.normalize('NFC') ??
      unique(derivedName(item, descriptor) ?? String(index + 1).padStart(width, '0'), taken),
  );
  const folders = itemFolders(names);
  const named = items.map((item, index) => ({
    ...item,
    name: names[index] ?? '',
    folder: folders[index] ?? '',
  }));
  return { items: named, faults };
}

/** The folder of each item's outputs, from the names of all of them in their order. Pure. */
export function itemFolders(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => unique(folderOf(name), taken, (text) => text.toLowerCase()));
}

/** Of the first of its files. */
function derivedName(
  { values, in: folder }: GivenItem,
  { inputs }: Descriptor,
): string | undefined {
  const path =
    folder ??
    inputs
      .filter(({ type }) => type === 'File')
      .map(({ id }) => firstText(values[id]))
      .find((text) => text !== undefined);
  const name = path === undefined ? '' : posix.basename(path.normalize('NFC'));
  return name === '' ? undefined : name;
}

function firstText(raw: RawValue | undefined): string | undefined {
  if (raw === undefined) return undefined;
  if (raw.kind === 'text') return raw.texts[0];
  const plain = [plainOf(raw.value)].flat()[0];
  return typeof plain === 'string' ? plain : undefined;
}

/** The first of `text`, `text-2`, `text-3` … that is not taken; takes it. */
function unique(
  text: string,
  taken: Set<string>,
  keyOf: (text: string) => string = (same) => same,
): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? text : `${text}-${number}`;
    if (taken.has(keyOf(candidate))) continue;
    taken.add(keyOf(candidate));
    return candidate;
  }
}

/** A name as one step of a path: what a folder cannot be called, or is hidden or misread by, is replaced. */
function folderOf(name: string): string {
  const safe = name
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]/gu, '_')
    .replace(/^\.+/, '_')
    .trim();
  let short = safe;
  // Room for a number behind it.
  while (Buffer.byteLength(short) > LIMITS.fileNameBytesMax - 8)
    short = Array.from(short).slice(0, -1).join('');
  return short === '' ? '_' : short;
}
