import { systemClock } from '../base/clock.ts';
import { parseInvocation } from '../descriptor/index.ts';
import {
  findInputs,
  isTerminal,
  reconcileRun,
  type FoundInput,
  type Orphan,
  type RunObserver,
  type RunRecord,
  type StopSignals,
} from '../runner/index.ts';
import type { RunStore } from '../store/index.ts';
import { descriptorOf } from './descriptor-file.ts';
import { openEngine } from './engines.ts';
import { valuesOf } from './record-values.ts';

const NEVER: StopSignals = {
  stop: new AbortController().signal,
  kill: new AbortController().signal,
};

/**
 * Settles every run whose process has died, by the runner's table; a container that still runs is
 * left running. Costs one query when there is none. Every command that touches the data folder
 * begins with it.
 */
export async function reconcileAll(store: RunStore): Promise<void> {
  for (const record of store.orphans())
    if (store.claim(record.runId)) await settleOrphan(store, record);
}

/**
 * Takes over one run of a dead process and follows it to its end. Returns undefined when the run
 * has ended or a living process has it.
 */
export async function adoptRun(
  store: RunStore,
  runId: string,
  stopSignals: StopSignals,
  observer: RunObserver = {},
): Promise<RunRecord | undefined> {
  const record = store.read(runId);
  if (isTerminal(record.state) || !store.claim(runId)) return undefined;
  return settleOrphan(store, record, { stopSignals, observer });
}

interface Adoption {
  readonly stopSignals: StopSignals;
  readonly observer: RunObserver;
}

async function settleOrphan(
  store: RunStore,
  record: RunRecord,
  adoption?: Adoption,
): Promise<RunRecord> {
  const ports = {
    engine: await openEngine(record.container?.engine.name ?? record.options.engine),
    journal: store,
    clock: systemClock,
    observer: adoption?.observer ?? {},
    ownerLabel: store.dataId,
  };
  const orphan = await orphanOf(record);
  return reconcileRun(orphan, ports, adoption?.stopSignals ?? NEVER, adoption !== undefined);
}

/** What the record alone tells of a run: its descriptor, and its inputs where they can still be found. */
async function orphanOf(record: RunRecord): Promise<Orphan> {
  const { app, folders, callerFolder } = record;
  const { descriptor } = await descriptorOf(
    app.descriptorText,
    app.descriptorPath,
    app.descriptorPath,
    {
      dialect: app.dialect,
      lenient: true,
    },
  );
  const { invocation } = parseInvocation(descriptor, valuesOf(record), {
    checkValues: false,
    serverValuesOptional: true,
  });
  const inputs: FoundInput[] = await findInputs(
    descriptor,
    invocation ?? [],
    folders,
    callerFolder,
  ).catch(() => []);
  return { record, descriptor, inputs };
}
