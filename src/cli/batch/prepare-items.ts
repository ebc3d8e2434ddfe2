import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Diagnostic, RawValues } from '../../descriptor/index.ts';
import {
  type Configuration,
  type DescriptorFile,
  prepareRun,
  type Preparation,
  type RunFlags,
} from '../../site/index.ts';
import type { Terminal } from '../terminal.ts';
import type { ItemFault } from './item.ts';
import type { NamedItem } from './item-names.ts';

/** An item that can be run. */
export interface PreparedItem {
  readonly name: string;
  readonly prepared: Preparation;
}

export interface ItemsContext {
  readonly file: DescriptorFile;
  readonly flags: RunFlags;
  /** Values that all items have, unless they give their own. */
  readonly shared: { readonly user: RawValues; readonly server: RawValues };
  readonly configuration: Configuration;
  readonly terminal: Terminal;
}

/**
 * Checks every item as a run of its own would be; starts and writes nothing. Throws what is wrong
 * with all of them alike; the rest is among the faults.
 */
export async function prepareItems(
  items: readonly NamedItem[],
  context: ItemsContext,
): Promise<{ readonly prepared: readonly PreparedItem[]; readonly faults: readonly ItemFault[] }> {
  const prepared: PreparedItem[] = [];
  const faults: ItemFault[] = [];
  const errors = new Map<string, RunnerError>();
  for (const item of items)
    try {
      prepared.push({ name: item.name, prepared: await prepareItem(item, context) });
    } catch (error) {
      if (!(error instanceof RunnerError) || !isOfItem(error.code)) throw error;
      errors.set(error.message, error);
      const messages = messagesOf(error);
      faults.push({ place: item.place, item: item.name, code: error.code, messages });
    }
  const [only] = errors.values();
  if (only?.code === 'usage' && errors.size === 1 && prepared.length === 0) throw only;
  return { prepared, faults };
}

function prepareItem(item: NamedItem, context: ItemsContext): Promise<Preparation> {
  const { file, flags, shared, configuration, terminal } = context;
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
    caller: terminal,
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

/** The error for items that cannot be run, with all faults of all of them. */
export function itemsInvalid(
  faults: readonly ItemFault[],
  source: string,
  count: number,
): RunnerError {
  const lines = faults.flatMap(({ place, item, messages }) => {
    const who = item === undefined ? place : `${place} (${item})`;
    return messages.map((message) => `  ${source}, ${who}: ${message}`);
  });
  const shown = lines.slice(0, LIMITS.batchFaultsShownMax);
  const rest = lines.length - shown.length;
  const items = new Set(faults.map(({ place }) => place)).size;
  return new RunnerError(
    faults.find(({ code }) => code === 'invocation-invalid')?.code ?? faults[0]?.code ?? 'usage',
    [
      `${items} of ${Math.max(items, count)} items cannot be run; nothing was started`,
      ...shown,
      ...(rest > 0 ? [`  and ${rest} more; --json tells them all`] : []),
    ].join('\n'),
    {
      hint: 'Mend or leave out these items; `cyto-run describe DESCRIPTOR` shows what the app takes.',
      details: { faults },
    },
  );
}
