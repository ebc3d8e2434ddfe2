import type { BatchSubmission } from '../../client/index.ts';
import type { Descriptor, InvocationEntry, RawValues } from '../../descriptor/index.ts';
import type { CheckedItem } from '../../site/batch/index.ts';
import { submittedFolders, type CheckedValues } from './checked-values.ts';
import { submittedValues, type FileReference } from './submission.ts';

/** An item that can be sent. */
export interface ServerItem extends CheckedValues {
  /** Values of its own; the others are shared. */
  readonly own: RawValues;
}

type Values = Pick<BatchSubmission, 'parameters' | 'serverParameters' | 'items'>;

/**
 * The values of a batch as they are sent: shared ones once, those of each item with it. Pure.
 *
 * @param cwd where relative paths are taken from
 */
export function batchValues(
  items: readonly CheckedItem<ServerItem>[],
  descriptor: Descriptor,
  cwd: string,
  referTo: (path: string) => FileReference,
): Values {
  const sent = (entries: readonly InvocationEntry[]): Record<string, unknown> =>
    submittedValues(descriptor, entries, cwd, referTo);
  const isOwn = ({ own }: ServerItem, { inputId }: InvocationEntry): boolean =>
    Object.hasOwn(own, inputId);
  const byUser = ({ invocation }: ServerItem): readonly InvocationEntry[] =>
    invocation.filter(({ source }) => source === 'user');
  const shared = new Map<string, InvocationEntry>();
  for (const { prepared } of items)
    for (const entry of byUser(prepared))
      if (!isOwn(prepared, entry)) shared.set(entry.inputId, entry);
  const [first] = items;
  return {
    parameters: sent([...shared.values()]),
    serverParameters: sent(
      (first?.prepared.invocation ?? []).filter(({ source }) => source === 'server'),
    ),
    items: items.map(({ name, prepared }) => ({
      name,
      parameters: sent(byUser(prepared).filter((entry) => isOwn(prepared, entry))),
      folders: submittedFolders(prepared.folders, referTo),
    })),
  };
}
