import type {
  ContainerSpec,
  EngineName,
  EngineVersion,
  Mount,
  ResolvedImage,
} from '../container/index.ts';
import { LIMITS } from '../base/limits.ts';
import type { Command } from '../descriptor/index.ts';
import type { ContainerFacts, RunOptions, SecurityFacts } from './events.ts';
import { inputMounts, inputsSeenAt, type FoundInput } from './inputs.ts';
import type { AppPlaces, RunPlaces } from './places.ts';

/** What a plan is made from; everything is known before anything is started. */
export interface PlanInput {
  readonly runId: string;
  readonly attempt: number;
  readonly ownerLabel: string;
  readonly command: Command;
  readonly options: RunOptions;
  /** Unmasked, from the caller. */
  readonly environment: Readonly<Record<string, string>>;
  readonly inputs: readonly FoundInput[];
  readonly folderMode: boolean;
  readonly places: RunPlaces;
  /** Where the app sees them. */
  readonly app: AppPlaces;
  readonly image: Pick<ResolvedImage, 'id'>;
  /** Machines that failed an earlier attempt. */
  readonly excludedNodes?: readonly string[];
}

/** The container's name: the run can be found by it after a crash. */
export const containerName = (runId: string, attempt: number): string =>
  `cyto-run-${runId}-${attempt}`;

/** Everything the engine will be told. Pure. */
export function planContainer(plan: PlanInput): ContainerSpec {
  const { command, options } = plan;
  return {
    name: containerName(plan.runId, plan.attempt),
    runId: plan.runId,
    attempt: plan.attempt,
    ownerLabel: plan.ownerLabel,
    image: plan.image.id,
    entrypoint: command.entrypoint,
    argv: command.argv,
    environment: environmentOf(command.environment, plan.environment, plan.app),
    workingDirectory: plan.app.work,
    user: options.user,
    mounts: planMounts(plan),
    readOnlyRoot: options.readOnlyRoot,
    network: options.network,
    limits: {
      pids: options.pids ?? LIMITS.containerPidsMax,
      ...(options.memoryBytes === undefined ? {} : { memoryBytes: options.memoryBytes }),
      ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
      ...(options.gpus === undefined ? {} : { gpus: options.gpus }),
    },
    scheduling: {
      options: schedulerOptions(options),
      ...(options.timeoutMs === undefined ? {} : { timeLimitMs: options.timeoutMs }),
      excludedNodes: plan.excludedNodes ?? [],
    },
  };
}

/** But for what the limits say already, and may say otherwise in a later attempt. */
const schedulerOptions = ({
  scheduler = [],
  memoryBytes,
  cpus,
}: RunOptions): Readonly<Record<string, string>> =>
  Object.fromEntries(
    scheduler
      .filter(
        ({ name }) =>
          !(name === 'mem' && memoryBytes !== undefined) &&
          !(name === 'cpus-per-task' && cpus !== undefined),
      )
      .map(({ name, value }) => [name, value]),
  );

/** The caller's variables win over the descriptor's; HOME is ours, because it must be writable. */
export const environmentOf = (
  fromDescriptor: Readonly<Record<string, string>>,
  fromCaller: Readonly<Record<string, string>>,
  app: Pick<AppPlaces, 'home' | 'tmp'>,
): Record<string, string> => ({
  ...fromDescriptor,
  HOME: app.home,
  TMPDIR: app.tmp,
  ...fromCaller,
});

/** Writable work, HOME and /tmp, read-only inputs, and what the caller added. */
export function planMounts(
  plan: Pick<PlanInput, 'places' | 'app' | 'inputs' | 'folderMode' | 'options'>,
): Mount[] {
  const { places, app } = plan;
  return [
    { source: places.work, target: app.work, readOnly: false },
    { source: places.home, target: app.home, readOnly: false },
    { source: places.tmp, target: app.tmp, readOnly: false },
    ...(plan.folderMode ? [{ source: places.staged, target: app.out, readOnly: false }] : []),
    ...inputMounts(inputsSeenAt(plan.inputs, app)),
    ...plan.options.mounts,
  ];
}

/** How a container keeps its app apart; without a container nothing does. */
export const securityFacts = (spec: ContainerSpec, engine: EngineName): SecurityFacts =>
  engine === 'process'
    ? {
        network: 'host',
        readOnlyRoot: false,
        user: spec.user,
        capabilitiesDropped: 'none',
        noNewPrivileges: false,
      }
    : {
        network: spec.network,
        readOnlyRoot: spec.readOnlyRoot,
        user: spec.user,
        capabilitiesDropped: 'all',
        noNewPrivileges: true,
      };

/** What the record keeps of a plan: secrets masked. */
export function containerFacts(
  spec: ContainerSpec,
  plan: PlanInput,
  engine: EngineVersion,
): ContainerFacts {
  const { command, options } = plan;
  return {
    name: spec.name,
    attempt: spec.attempt,
    engine: { name: engine.name, version: engine.version },
    entrypoint: command.entrypoint,
    argv: command.maskedArgv,
    ...(command.maskedShellLine === undefined ? {} : { shellLine: command.maskedShellLine }),
    environment: environmentOf(command.maskedEnvironment, options.environment, plan.app),
    workingDirectory: spec.workingDirectory,
    mounts: spec.mounts,
    limits: spec.limits,
    security: securityFacts(spec, engine.name),
    expectedOutputs: command.outputs,
  };
}
