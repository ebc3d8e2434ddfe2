import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { parseInvocation, SECRET_MASK } from '../../descriptor/index.ts';
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

const NEVER: StopSignals = {
  stop: new AbortController().signal,
  kill: new AbortController().signal,
};

/**
 * Settles every run whose process has died, by the runner's table; a container that still runs is
 * left running, and so is one whose engine is away, and one whose descriptor this version does not
 * understand: the version that started it does. Costs one query when there is none.
 */
export async function reconcileAll(runs: Pick<OpenedRuns, 'store' | 'engines'>): Promise<void> {
  for (const record of runs.store.orphans())
    if (runs.store.claim(record.runId)) await settleOrphan(runs, record).catch(unlessNotUnderstood);
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

interface Adoption extends Required<AdoptOptions> {
  readonly stopSignals: StopSignals;
}

async function settleOrphan(
  { store, engines }: Pick<OpenedRuns, 'store' | 'engines'>,
  record: RunRecord,
  adoption?: Adoption,
): Promise<RunRecord> {
  const ports = {
    engine: await engineOf(record, engines),
    journal: store,
    clock: systemClock,
    observer: adoption?.observer ?? {},
    ownerLabel: store.dataId,
  };
  const orphan = await orphanOf(record);
  return reconcileRun(orphan, ports, adoption?.stopSignals ?? NEVER, adoption?.following ?? 'not');
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
 * What the record alone tells of a run: its descriptor, values and variables but for secrets, and its
 * inputs where they can still be found.
 */
export async function orphanOf(record: RunRecord): Promise<Orphan> {
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
    environment: record.options.environment,
    startable: invocation !== undefined && inputs !== undefined && !hasLostSecrets(record),
  };
}

/** Whether something secret was given: the record has only asterisks for it. */
const hasLostSecrets = ({ parameters, options }: RunRecord): boolean =>
  parameters.some(({ secret, source }) => secret && source !== 'default') ||
  Object.values(options.environment).includes(SECRET_MASK);
