import { hostname } from 'node:os';
import { posix } from 'node:path';

import { systemClock } from '../../base/clock.ts';
import type { BatchFacts, PreparedRun } from '../../runner/index.ts';
import type { RunStore } from '../../store/index.ts';
import type { DescriptorFile } from '../descriptor-file.ts';
import { userName } from '../user-name.ts';
import { runnerVersion } from '../package-files.ts';
import type { ItemsContext, PreparedItem } from './prepare-items.ts';

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
  source: string,
  items: number,
  { flags, caller }: Pick<ItemsContext, 'flags' | 'caller'>,
): BatchFacts => ({
  app: {
    name: file.descriptor.name,
    ...(file.descriptor.version === undefined ? {} : { version: file.descriptor.version }),
    descriptorPath: file.path,
    descriptorSha256: file.sha256,
  },
  source,
  items,
  ...(flags.out === undefined ? {} : { outFolder: posix.resolve(caller.cwd, flags.out) }),
  callerFolder: caller.cwd,
  runnerVersion: runnerVersion(),
  host: hostname(),
  user: userName(),
});
