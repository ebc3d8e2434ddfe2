import { realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { EnginePromise, EngineName, Mount, NetworkMode } from '../container/index.ts';
import { SECRET_MASK, type Descriptor, type Invocation } from '../descriptor/index.ts';
import { CONTAINER_PLACES, imageReference, isWithin, type RunOptions } from '../runner/index.ts';
import { chooseEngine, type EngineChoice, type EngineQuestion } from './choose-engine.ts';
import { chosenCluster } from './chosen-cluster.ts';
import type { Configuration } from './configuration.ts';
import type { RunFlags } from './run-flags.ts';
import { chosenScheduling, type SchedulingFacts } from './scheduling.ts';

export interface ChosenOptions {
  /** For the record: environment values of secret names masked. */
  readonly options: RunOptions;
  /** Unmasked. */
  readonly environment: Readonly<Record<string, string>>;
}

interface RunFacts {
  readonly descriptor: Descriptor;
  readonly invocation: Invocation;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The effective options of one run: flags over environment over files over safe defaults. */
export async function chosenOptions(
  flags: RunFlags,
  configuration: Configuration,
  { descriptor, invocation, cwd, env }: RunFacts,
): Promise<ChosenOptions> {
  const { values, environment, mountRoots } = configuration;
  const gpus = values['limits.gpus'];
  const engine = engineFor(configuration, env, {
    type: descriptor.containerImage?.type ?? 'docker',
    image: imageReference(descriptor, flags['use-image']),
    dialect: descriptor.dialect,
  });
  const limits = {
    ...given('memoryBytes', values['limits.memory']),
    ...given('cpus', values['limits.cpus']),
    ...given('timeoutMs', values['limits.timeout']),
  };
  return {
    environment,
    options: {
      engine: engine.name,
      engineReason: engine.reason,
      ...askedOf(configuration),
      ...(flags['use-image'] === undefined ? {} : { imageOverride: flags['use-image'] }),
      pull: values.pull,
      build: flags.build ?? false,
      network: values['isolation.network'] ?? neededNetwork(descriptor, invocation),
      user: callerOr(values['isolation.user']),
      readOnlyRoot: values['isolation.read-only'],
      ...limits,
      ...(engine.name === 'slurm'
        ? onCluster(configuration, { descriptor, invocation, limits })
        : refuseSchedulerFlags(flags, engine.name)),
      pids: values['limits.pids'],
      ...(gpus === undefined ? {} : gpuOptions(gpus)),
      stopGraceMs: values['limits.stop-grace'],
      ...retryOptions(values, engine.name),
      environment: masked(environment),
      mounts: await Promise.all((flags.mount ?? []).map((text) => mountOf(text, cwd, mountRoots))),
    },
  };
}

/** Promises by the settings that ask for them, where they do. */
const ASKING: Partial<Record<EnginePromise, (configuration: Configuration) => boolean>> = {
  memory: ({ sources }) => sources.has('limits.memory'),
  cpus: ({ sources }) => sources.has('limits.cpus'),
  pids: ({ sources }) => sources.has('limits.pids'),
  'network-off': ({ values }) => values['isolation.network'] === 'none',
  user: ({ sources, values }) =>
    sources.has('isolation.user') && values['isolation.user'] !== 'image',
  'read-only-root': ({ sources, values }) =>
    sources.has('isolation.read-only') && values['isolation.read-only'],
};

/** What the person or the configuration asks for by name: it is kept, or the run is refused. */
function askedOf(configuration: Configuration): Pick<RunOptions, 'asked'> {
  const asked = (Object.keys(ASKING) as EnginePromise[]).filter(
    (promise) => ASKING[promise]?.(configuration) === true,
  );
  return asked.length === 0 ? {} : { asked };
}

/** The engine of a run of that image, by the configuration and what is here. */
export function engineFor(
  { values, sources }: Configuration,
  env: RunFacts['env'],
  image?: EngineQuestion['image'],
): EngineChoice {
  // Who names a cluster wants Slurm.
  const name = values.engine ?? (values.cluster === undefined ? undefined : 'slurm');
  const source = sources.get(values.engine === undefined ? 'cluster' : 'engine');
  const asked = name === undefined || source === undefined ? {} : { asked: { name, source } };
  return chooseEngine({ ...asked, ...(image === undefined ? {} : { image }), env });
}

/** The cluster of a run and what its scheduler is told. Throws `usage` for a cluster that is not configured. */
function onCluster(
  configuration: Configuration,
  facts: Pick<SchedulingFacts, 'descriptor' | 'invocation' | 'limits'>,
): Partial<RunOptions> {
  const cluster = chosenCluster(configuration);
  const { scheduler, ...limits } = chosenScheduling({
    ...facts,
    cluster,
    app: configuration.apps.get(facts.descriptor.name) ?? {},
    run: configuration.scheduler,
  });
  return {
    ...(cluster === undefined ? {} : { cluster: cluster.name }),
    ...(scheduler.length === 0 ? {} : { scheduler }),
    ...limits,
  };
}

/** Told to nobody, an option is worse than refused. */
function refuseSchedulerFlags(flags: RunFlags, engine: EngineName): Partial<RunOptions> {
  const given = (['scheduler', 'cluster'] as const).find((name) => flags[name] !== undefined);
  if (given === undefined) return {};
  throw new RunnerError('usage', `--${given} is for a cluster, and the engine is ${engine}`, {
    hint: 'Give --engine slurm too, or leave it out.',
  });
}

/** Absent where nothing would ever be tried again. */
function retryOptions(
  values: Configuration['values'],
  engine: EngineName,
): Pick<RunOptions, 'retry'> {
  const attempts = values['retry.attempts'] ?? (engine === 'slurm' ? LIMITS.retriesOnSlurmMax : 0);
  const memoryMaxBytes = values['retry.memory-max'];
  if (attempts === 0 && memoryMaxBytes === undefined) return {};
  return {
    retry: {
      attempts,
      ...(memoryMaxBytes === undefined ? {} : { memoryMaxBytes }),
      memoryFactor: values['retry.memory-factor'],
    },
  };
}

const given = <Key extends string>(
  key: Key,
  value: number | undefined,
): Partial<Record<Key, number>> =>
  value === undefined ? {} : ({ [key]: value } as Record<Key, number>);

const gpuOptions = (
  choice: 'all' | 'optional' | number,
): Pick<RunOptions, 'gpus' | 'gpusOptional'> =>
  choice === 'optional' ? { gpus: 'all', gpusOptional: true } : { gpus: choice };

/** A Cytomine app that is told a host must reach it; nothing else needs a network. */
export function neededNetwork(descriptor: Descriptor, invocation: Invocation): NetworkMode {
  const told = invocation.some(
    ({ inputId, source }) => source === 'server' && /host$/i.test(inputId),
  );
  return descriptor.dialect === 'cytomine-0.1' && told ? 'bridge' : 'none';
}

function callerOr(choice: 'caller' | RunOptions['user']): RunOptions['user'] {
  if (choice !== 'caller') return choice;
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

const SECRET_NAME = /(key|password|passwd|token|secret)$/i;

const masked = (environment: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      SECRET_NAME.test(name) ? SECRET_MASK : value,
    ]),
  );

/** The parts of `SOURCE:TARGET[:ro|rw]`, as they are written. */
export function mountParts(text: string): { source: string; target: string; mode: string } {
  const parts = text.split(':');
  const mode = ['ro', 'rw'].includes(parts.at(-1) ?? '') ? (parts.pop() ?? '') : 'ro';
  const target = parts.pop() ?? '';
  return { source: parts.join(':'), target, mode };
}

/** `SOURCE:TARGET[:ro|rw]`, the source checked. Throws `usage`, `input-missing`. */
async function mountOf(
  text: string,
  cwd: string,
  roots: readonly string[] | undefined,
): Promise<Mount> {
  const { source, target, mode } = mountParts(text);
  if (source === '' || !target.startsWith('/'))
    throw new RunnerError(
      'usage',
      `--mount ${JSON.stringify(text)} is not SOURCE:TARGET or SOURCE:TARGET:rw`,
      {
        hint: 'The target is an absolute path in the container, for example --mount /data/models:/models.',
      },
    );
  const normal = posix.normalize(target);
  if (normal === '/' || Object.values(CONTAINER_PLACES).some((place) => place === normal))
    throw new RunnerError('usage', `--mount cannot take the place of ${normal}`, {
      hint: 'Choose another target.',
    });
  const path = await realpath(posix.resolve(cwd, source)).catch((error: unknown) => {
    throw new RunnerError('input-missing', `--mount ${JSON.stringify(source)} does not exist`, {
      cause: error,
    });
  });
  if (roots !== undefined && !roots.some((root) => isWithin(path, root)))
    throw new RunnerError(
      'usage',
      `--mount ${JSON.stringify(path)} lies outside the folders that may be mounted`,
      {
        hint: `Allowed are ${roots.join(', ')} (mount-roots in the configuration).`,
      },
    );
  await stat(path);
  return { source: path, target: normal, readOnly: mode === 'ro' };
}
