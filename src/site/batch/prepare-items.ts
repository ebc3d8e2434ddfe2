import { posix } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Descriptor, Diagnostic, RawValues } from '../../descriptor/index.ts';
import type { Caller } from '../caller.ts';
import type { Configuration } from '../configuration.ts';
import type { DescriptorFile } from '../descriptor-file.ts';
import { prepareRun, type Preparation, type PrepareInput } from '../prepare-run.ts';
import type { RunFlags } from '../run-flags.ts';
import type { GivenItems, ItemFault } from './item.ts';
import { nameItems, type NamedItem } from './item-names.ts';

/** An item that can be run. */
export interface CheckedItem<Prepared> {
  readonly name: string;
  /** Of its outputs, below the batch's; a single step. */
  readonly folder: string;
  readonly prepared: Prepared;
}

export type PreparedItem = CheckedItem<Preparation>;

export interface ItemsContext {
  readonly file: DescriptorFile;
  readonly flags: RunFlags;
  /** Values that all items have, unless they give their own. */
  readonly shared: { readonly user: RawValues; readonly server: RawValues };
  readonly configuration: Configuration;
  readonly caller: Caller;
  /** As of `prepareRun`. */
  readonly admit?: PrepareInput['admit'];
}

/**
 * Every item of a new batch, named, and checked as a run of its own would be; starts and writes
 * nothing. Throws as `checkEach` does.
 */
export const checkItems = (
  given: GivenItems,
  where: string,
  context: ItemsContext,
): Promise<readonly PreparedItem[]> =>
  checkEach(given, where, context.file.descriptor, (item) => prepareItem(item, context));

/**
 * Every item, named, and checked by `prepare`. `where` is where they come from, for people. Throws
 * with the faults of all items, each with its place, and `usage` when there is none.
 */
export async function checkEach<Prepared>(
  given: GivenItems,
  where: string,
  descriptor: Descriptor,
  prepare: (item: NamedItem) => Promise<Prepared>,
): Promise<readonly CheckedItem<Prepared>[]> {
  const named = nameItems(given.items, descriptor);
  const { prepared, faults, looked } = await prepareItems(named.items, prepare);
  const all = [...given.faults, ...named.faults, ...faults].sort(
    (one, other) => numberIn(one.place) - numberIn(other.place),
  );
  const count = given.items.length + given.faults.length;
  if (all.length > 0)
    throw itemsInvalid(all, { where, count, unchecked: given.items.length - looked });
  if (prepared.length === 0)
    throw new RunnerError('usage', `${where} holds no items`, {
      hint: 'Give at least one; `{}` is an item whose values are all by default.',
    });
  return prepared;
}

const numberIn = (place: string): number => Number(/\d+/.exec(place)?.[0] ?? 0);

/** Throws what is wrong with all of them alike; the rest is among the faults. After many of those it looks no further. */
async function prepareItems<Prepared>(
  items: readonly NamedItem[],
  prepare: (item: NamedItem) => Promise<Prepared>,
): Promise<{
  readonly prepared: readonly CheckedItem<Prepared>[];
  readonly faults: readonly ItemFault[];
  readonly looked: number;
}> {
  const prepared: CheckedItem<Prepared>[] = [];
  const faults: ItemFault[] = [];
  const errors = new Map<string, RunnerError>();
  let looked = 0;
  let told = 0;
  for (const item of items) {
    if (told >= LIMITS.batchFaultsMax) break;
    looked += 1;
    // Checking thousands takes seconds, in which others are to be heard too.
    await nextTurn();
    try {
      const { name, folder } = item;
      prepared.push({ name, folder, prepared: await prepare(item) });
    } catch (error) {
      if (!(error instanceof RunnerError) || !isOfItem(error.code)) throw error;
      errors.set(error.message, error);
      const messages = messagesOf(error);
      told += messages.length;
      faults.push({ place: item.place, item: item.name, code: error.code, messages });
    }
  }
  const [only] = errors.values();
  if (only?.code === 'usage' && errors.size === 1 && prepared.length === 0) throw only;
  return { prepared, faults, looked };
}

function prepareItem(item: NamedItem, context: ItemsContext): Promise<Preparation> {
  const { file, flags, shared, configuration, caller, admit } = context;
  const folders = {
    ...(item.in === undefined ? {} : { in: item.in }),
    ...(item.gt === undefined ? {} : { gt: item.gt }),
    ...(flags.out === undefined ? {} : { out: posix.join(flags.out, item.folder) }),
  };
  return prepareRun({
    file,
    flags: { ...flags, ...folders },
    named: {},
    gathered: { user: { ...shared.user, ...item.values }, server: shared.server },
    configuration,
    caller,
    ...(admit === undefined ? {} : { admit }),
  });
}

const ITEM_CODES = [
  'invocation-invalid',
  'input-missing',
  'output-folder-unusable',
  'usage',
] as const;

const isOfItem = (code: string): code is ItemFault['code'] =>
  ITEM_CODES.some((known) => known === code);

function messagesOf({ message, details }: RunnerError): readonly string[] {
  const diagnostics = details['diagnostics'] as readonly Diagnostic[] | undefined;
  if (diagnostics !== undefined)
    return diagnostics
      .filter(({ strength }) => strength === 'error')
      .map((found) =>
        found.mend === undefined ? found.message : `${found.message} ${found.mend}`,
      );
  return (details['faults'] as readonly string[] | undefined) ?? [message];
}

/** The error for items that cannot be run, with all faults that were found; `unchecked` items were not looked at. */
function itemsInvalid(
  faults: readonly ItemFault[],
  { where, count, unchecked }: { where: string; count: number; unchecked: number },
): RunnerError {
  const lines = faults.flatMap(({ place, item, messages }) => {
    const who = item === undefined ? place : `${place} (${item})`;
    return messages.map((message) => `  ${where}, ${who}: ${message}`);
  });
  const shown = lines.slice(0, LIMITS.batchFaultsShownMax);
  const rest = lines.length - shown.length;
  const items = new Set(faults.map(({ place }) => place)).size;
  return new RunnerError(
    faults.find(({ code }) => code === 'invocation-invalid')?.code ?? faults[0]?.code ?? 'usage',
    [
      `${items} of ${Math.max(items, count)} items cannot be run; nothing was started`,
      ...(unchecked > 0
        ? [`  there are so many faults that the last ${unchecked} items were not looked at`]
        : []),
      ...shown,
      ...(rest > 0 ? [`  and ${rest} more; --json tells them all`] : []),
    ].join('\n'),
    {
      hint: 'Mend or leave out these items; `cyto-run describe DESCRIPTOR` shows what the app takes.',
      details: { faults, ...(unchecked > 0 ? { unchecked } : {}) },
    },
  );
}
