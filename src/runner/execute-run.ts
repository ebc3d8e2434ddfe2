import { posix } from 'node:path';

import type { Clock } from '../base/clock.ts';
import type {
  ContainerEngine,
  ContainerSpec,
  ResolvedImage,
  StartedContainer,
} from '../container/index.ts';
import { expandCommand, type Descriptor, type Invocation } from '../descriptor/index.ts';
import { checkGpus } from './gpu.ts';
import type { CreatedFacts, EventBody, FolderOptions } from './events.ts';
import { finishRun } from './finish-run.ts';
import { withReachableFiles, type FoundInput } from './inputs.ts';
import { containerFacts, planContainer, type PlanInput } from './plan.ts';
import { CONTAINER_PLACES, runPlaces } from './places.ts';
import type { RunJournal, RunObserver } from './ports.ts';
import type { RunRecord } from './record.ts';
import { outcomeOfError, settle } from './settle.ts';
import { stageRun } from './stage.ts';
import { Stops, type StopSignals } from './stops.ts';

/** One run, checked and complete: what `executeRun` needs to know about it. */
export interface PreparedRun {
  readonly runId: string;
  readonly created: CreatedFacts;
  readonly descriptor: Descriptor;
  /** Unmasked. */
  readonly invocation: Invocation;
  /** Unmasked, from the caller. */
  readonly environment: Readonly<Record<string, string>>;
  readonly inputs: readonly FoundInput[];
}

/** The outside world, handed in. */
export interface RunPorts {
  readonly engine: ContainerEngine;
  readonly journal: RunJournal;
  readonly clock: Clock;
  readonly observer: RunObserver;
  /** Label that tells this data directory's containers from others'. */
  readonly ownerLabel: string;
}

/**
 * The straight line: every step of a run, in order. Returns the record of the settled run; a
 * failure of the app, the engine or the machine is an ending, not an exception. Throws only when
 * the journal cannot be written, or on a bug of ours.
 */
export async function executeRun(
  run: PreparedRun,
  ports: RunPorts,
  stopSignals: StopSignals,
): Promise<RunRecord> {
  const { journal, observer } = ports;
  const queued = journal.create(run.runId, run.created);
  observer.onRecord?.(queued);
  using stops = new Stops(run.runId, ports, stopSignals);
  try {
    await using container = await startContainer(run, ports, stops);
    const running = journal.append(run.runId, STARTED);
    observer.onRecord?.(running);
    return await finishRun(run.runId, container, {
      ports,
      stops,
      inputs: run.inputs,
      descriptor: run.descriptor,
    });
  } catch (error) {
    return settle(run.runId, ports, outcomeOfError(error, stops, run.created.options));
  }
}

/** What is written once the engine has started the container. */
export const STARTED = [
  { type: 'state', state: 'RUNNING' },
  { type: 'phase', phase: 'run' },
] as const satisfies readonly EventBody[];

/** From nothing to a running container: stage, pull, create, start. */
async function startContainer(
  run: PreparedRun,
  ports: RunPorts,
  stops: Stops,
): Promise<StartedContainer> {
  const { engine, journal, observer } = ports;
  const { options, folders } = run.created;
  const places = runPlaces(journal.runFolder(run.runId));
  const expansion = expansionFolders(folders);
  const command = expandCommand(
    run.descriptor,
    withReachableFiles(run.descriptor, run.invocation, run.created.callerFolder),
    {
      workingDirectory: CONTAINER_PLACES.work,
      ...(expansion === undefined ? {} : { folders: expansion }),
    },
  );

  const note = (bodies: Parameters<RunJournal['append']>[1]): void => {
    const record = journal.append(run.runId, bodies);
    observer.onRecord?.(record);
  };

  note([
    { type: 'state', state: 'INITIALIZING' },
    { type: 'phase', phase: 'stage' },
  ]);
  await stageRun(places, command, run.inputs);

  note([{ type: 'phase', phase: 'pull' }]);
  const [image, version] = await Promise.all([
    bringImage(run, ports, stops.signal),
    engine.version(),
  ]);
  const gpus = await checkGpus(options, engine);

  const plan: PlanInput = {
    runId: run.runId,
    attempt: 1,
    ownerLabel: ports.ownerLabel,
    command,
    options: gpus.options,
    environment: run.environment,
    inputs: run.inputs,
    folderMode: expansion !== undefined,
    places,
    image,
  };
  const spec: ContainerSpec = planContainer(plan);
  // Written before the engine is asked: after a crash the container is found by this name.
  note([
    ...gpus.warnings,
    { type: 'image', ...imageFacts(image) },
    { type: 'container', ...containerFacts(spec, plan, version) },
    { type: 'phase', phase: 'create' },
  ]);
  stops.signal.throwIfAborted();
  return engine.start(spec, stops.signal);
}

/** BIAFLOWS folder mode, as the app sees it; undefined when the caller gave no folder of pictures. */
export function expansionFolders(
  folders: FolderOptions,
): { in: string; out: string; gt?: string } | undefined {
  if (folders.inFolder === undefined) return undefined;
  const { in: inFolder, out, gt } = CONTAINER_PLACES;
  return { in: inFolder, out, ...(folders.gtFolder === undefined ? {} : { gt }) };
}

async function bringImage(
  run: PreparedRun,
  { engine, observer }: RunPorts,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const { options } = run.created;
  const reference = imageReference(run.descriptor, options.imageOverride);
  if (options.build)
    await engine.buildImage(
      {
        contextFolder: posix.dirname(run.created.app.descriptorPath),
        tag: reference,
        onLine: (line) => observer.onBuildLine?.(line),
      },
      signal,
    );
  const image = await engine.resolveImage(
    {
      reference: options.pinnedImage ?? reference,
      pull: options.build ? 'never' : options.pull,
      onProgress: (progress) => observer.onPull?.(progress),
    },
    signal,
  );
  return { ...image, reference };
}

/** The image that is asked for: the caller's, else the descriptor's with its index. */
export function imageReference(descriptor: Descriptor, override: string | undefined): string {
  if (override !== undefined) return override;
  const { index, image } = descriptor.containerImage ?? { image: '' };
  if (index === undefined || /^[a-z]+:\/\//.test(image)) return image;
  return `${index.replace(/\/+$/, index.endsWith('//') ? '//' : '')}${index.endsWith('//') ? '' : '/'}${image}`;
}

function imageFacts({ reference, id, digest, platform, sizeBytes, pulled }: ResolvedImage): {
  reference: string;
  id: string;
  digest?: string;
  platform: string;
  sizeBytes: number;
  pulled: boolean;
} {
  return {
    reference,
    id,
    ...(digest === undefined ? {} : { digest }),
    platform,
    sizeBytes,
    pulled,
  };
}
