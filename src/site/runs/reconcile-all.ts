import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { parseInvocation } from '../../descriptor/index.ts';
import {
  findInputs,
  isTerminal,
  reconcileRun,
  type Following,
  type FoundInput,
  type Orphan,
  type RunObserver,
  type RunRecord,
  type StopSignals,
} from '../../runner/index.ts';
import type { ContainerEngine, EngineName } from '../../container/index.ts';
import { descriptorOf } from '../descriptor-file.ts';
import type { Engines } from '../engines.ts';
import type { OpenedRuns } from './opened-runs.ts';
import { valuesOf } from '../record-values.ts';
import { unmasked, withSecretInputs } from '../secret-inputs.ts';
import type { RunSecrets, RunStore } from '../../store/index.ts';

const NEVER: StopSignals = {
  stop: new AbortController().signal,
  kill: new AbortController().signal,
};

/**
 * Settles every run whose process has died, by the runner's table; a container that still runs is
 * left running, and so is one whose engine is away, and one whose descriptor this version does not
 * understand: the version that started it does. Costs one query when there is none.
 *
 * @param observer hears of what becomes of them
 */
export async function reconcileAll(
  runs: Pick<OpenedRuns, 'store' | 'engines'>,
  observer: RunObserver = {},
): Promise<void> {
  for (const record of runs.store.orphans())
    if (runs.store.claim(record.runId))
      await settleOrphan(runs, record, { observer }).catch(unlessNotUnderstood);
}

function unlessNotUnderstood(error: unknown): void {
  if (!(error instanceof RunnerError) || error.code !== 'descriptor-invalid') throw error;
}

/**
 * Takes over one run of a dead process and follows it to its end, or to another attempt. Returns undefined when the run
 * has ended or a living process has it.
 */
export async function adoptRun(
  runs: Pick<OpenedRuns, 'store' | 'engines'>,
  runId: string,
  stopSignals: StopSignals,
  { observer = {}, following = 'end' }: AdoptOptions = {},
): Promise<RunRecord | undefined> {
  const { store } = runs;
  const record = store.read(runId);
  if (isTerminal(record.state) || !store.claim(runId)) return undefined;
  return settleOrphan(runs, record, { stopSignals, observer, following });
}

interface AdoptOptions {
  readonly observer?: RunObserver;
  /** `attempt`: another attempt is left to the caller. */
  readonly following?: Exclude<Following, 'not'>;
}

interface Adoption extends AdoptOptions {
  readonly stopSignals?: StopSignals;
}

async function settleOrphan(
  { store, engines }: Pick<OpenedRuns, 'store' | 'engines'>,
  record: RunRecord,
  {
    observer = {},
    stopSignals = NEVER,
    following = 'not',
  }: Omit<Adoption, 'following'> & {
    readonly following?: Following;
  },
): Promise<RunRecord> {
  const ports = {
    engine: await engineOf(record, engines),
    journal: store,
    clock: systemClock,
    observer,
    ownerLabel: store.dataId,
  };
  const orphan = await orphanOf(record, store);
  return reconcileRun(orphan, ports, stopSignals, following);
}

/**
 * The engine that was asked for the run's container: the record names it as it was chosen, whatever
 * it called itself. One that cannot be had counts as one that does not answer.
 */
async function engineOf({ options }: RunRecord, engines: Engines): Promise<ContainerEngine> {
  try {
    return await engines.open(options.engine, options.cluster);
  } catch (error) {
    return awayEngine(options.engine, error);
  }
}

function awayEngine(name: EngineName, why: unknown): ContainerEngine {
  const away = (): Promise<never> =>
    Promise.reject(why instanceof Error ? why : new Error(String(why)));
  return {
    name,
    info: away,
    version: away,
    resolveImage: away,
    buildImage: away,
    start: away,
    find: away,
    list: away,
  };
}

/**
 * What the record, and the secrets that `store` keeps for the run, tell of it: its descriptor, values, variables, and
 * its inputs where they can still be found.
 */
export async function orphanOf(record: RunRecord, store?: RunStore): Promise<Orphan> {
  const { app, folders, callerFolder } = record;
  const known = unmasked(record, keptSecrets(record, store));
  const file = await descriptorOf(app.descriptorText, app.descriptorPath, app.descriptorPath, {
    dialect: app.dialect,
    lenient: true,
  });
  const descriptor = withSecretInputs(file.descriptor, known.secretInputs);
  const { invocation } = parseInvocation(descriptor, valuesOf(known), {
    checkValues: false,
    serverValuesOptional: true,
  });
  const inputs: readonly FoundInput[] | undefined = await findInputs(
    descriptor,
    invocation ?? [],
    folders,
    callerFolder,
  ).catch(() => undefined);
  return {
    record,
    descriptor,
    inputs: inputs ?? [],
    invocation: invocation ?? [],
    environment: known.environment,
    startable: invocation !== undefined && areAdmitted(inputs, record) && !known.isLost,
  };
}

/** Whether all inputs were found, and where the server that admitted them had found them. */
const areAdmitted = (
  inputs: readonly FoundInput[] | undefined,
  { inputSources }: RunRecord,
): boolean =>
  inputs !== undefined &&
  (inputSources === undefined || inputs.every(({ source }) => inputSources.includes(source)));

/** Those that cannot be opened any more are lost like those that were never kept. */
function keptSecrets(
  { runId, queue }: RunRecord,
  store: RunStore | undefined,
): RunSecrets | undefined {
  if (queue === undefined || store === undefined) return undefined;
  try {
    return store.server.secrets.ofRun(runId);
  } catch (error) {
    if (error instanceof RunnerError) return undefined;
    throw error;
  }
}
