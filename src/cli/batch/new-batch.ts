import { hostname } from 'node:os';
import { posix } from 'node:path';

import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import type { BatchFacts, PreparedRun } from '../../runner/index.ts';
import type { RunStore } from '../../store/index.ts';
import { type DescriptorFile, gatherValues, runnerVersion, userName } from '../../site/index.ts';
import { eachItems } from './each-items.ts';
import type { GivenItems } from './item.ts';
import { nameItems } from './item-names.ts';
import {
  itemsInvalid,
  prepareItems,
  type ItemsContext,
  type PreparedItem,
} from './prepare-items.ts';
import { readItems } from './read-items.ts';

/** Where the items of a new batch come from: a file, or a pattern of files. */
export interface ItemSource {
  readonly file: string | undefined;
  readonly each: string | undefined;
}

export type NewBatchContext = Omit<ItemsContext, 'shared'> & {
  /** Shared values given by flags of the descriptor's own names. */
  readonly named: Readonly<Record<string, readonly string[]>>;
};

/**
 * Every item of a new batch, checked as a run of its own would be; starts and writes nothing. Throws
 * with the faults of all items, each with its place.
 */
export async function checkedItems(
  source: ItemSource,
  context: NewBatchContext,
): Promise<readonly PreparedItem[]> {
  const { descriptor } = context.file;
  const given = await givenItems(source, context);
  const named = nameItems(given.items, descriptor);
  const { prepared, faults } = await prepareItems(named.items, {
    ...context,
    shared: await sharedValues(context),
  });
  const all = [...given.faults, ...named.faults, ...faults].sort(
    (one, other) => numberIn(one.place) - numberIn(other.place),
  );
  const where = source.file ?? `--each ${source.each ?? ''}`;
  if (all.length > 0) throw itemsInvalid(all, where, given.items.length + given.faults.length);
  if (prepared.length === 0)
    throw new RunnerError('usage', `${where} holds no items`, {
      hint: 'Give at least one; `{}` is an item whose values are all by default.',
    });
  return prepared;
}

const numberIn = (place: string): number => Number(/\d+/.exec(place)?.[0] ?? 0);

async function givenItems(
  { file, each }: ItemSource,
  context: NewBatchContext,
): Promise<GivenItems> {
  const {
    terminal,
    file: { descriptor },
  } = context;
  if ((file === undefined) === (each === undefined))
    throw new RunnerError(
      'usage',
      file === undefined ? 'which items?' : 'items are given as a file or with --each, not both',
      {
        hint: "For example `cyto-run batch descriptor.json items.csv`, or `--each 'slide=data/*.tif'`.",
      },
    );
  if (each !== undefined)
    return { items: await eachItems(each, descriptor, terminal.cwd), faults: [] };
  return readItems(file ?? '-', descriptor, terminal);
}

const sharedValues = ({ file, flags, named, configuration, terminal }: NewBatchContext) =>
  gatherValues(
    file.descriptor,
    {
      params: flags.param ?? [],
      serverParams: flags['server-param'] ?? [],
      invocationFile: flags.invocation,
      named,
      serverDefaults: configuration.serverParameters,
    },
    terminal,
  );

export interface CreatedBatch {
  readonly batchId: string;
  readonly runs: readonly PreparedRun[];
}

/** Writes a batch down with a run for each item, all of them or nothing. */
export async function createBatch(
  store: RunStore,
  items: readonly PreparedItem[],
  facts: BatchFacts,
): Promise<CreatedBatch> {
  const { newBatchId, newRunIds } = await import('../../store/index.ts');
  const batchId = newBatchId(systemClock);
  const runIds = newRunIds(systemClock, items.length);
  const runs = items.map(({ name, prepared }, index): PreparedRun => ({
    ...prepared,
    runId: runIds[index] ?? '',
    created: { ...prepared.created, batch: { id: batchId, item: name, index } },
  }));
  store.batches.create(
    batchId,
    facts,
    runs.map(({ runId, created }) => ({ runId, facts: created })),
  );
  return { batchId, runs };
}

/** What is written down of the batch itself. */
export const batchFacts = (
  file: DescriptorFile,
  source: ItemSource,
  items: number,
  { flags, terminal }: Pick<NewBatchContext, 'flags' | 'terminal'>,
): BatchFacts => ({
  app: {
    name: file.descriptor.name,
    ...(file.descriptor.version === undefined ? {} : { version: file.descriptor.version }),
    descriptorPath: file.path,
    descriptorSha256: file.sha256,
  },
  source: source.file ?? source.each ?? '',
  items,
  ...(flags.out === undefined ? {} : { outFolder: posix.resolve(terminal.cwd, flags.out) }),
  callerFolder: terminal.cwd,
  runnerVersion: runnerVersion(),
  host: hostname(),
  user: userName(),
});
