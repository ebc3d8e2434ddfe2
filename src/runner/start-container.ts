import type { ContainerSpec, StartedContainer } from '../container/index.ts';
import { expandCommand } from '../descriptor/index.ts';
import type { EventBody, FolderOptions, RunOptions } from './events.ts';
import type { PreparedRun, RunPorts } from './execute-run.ts';
import { checkGpus } from './gpu.ts';
import { bringImage, imageFacts, sameImage } from './image.ts';
import { checkInPlace } from './in-place.ts';
import { withReachableFiles } from './inputs.ts';
import { appPlaces, CONTAINER_PLACES, runPlaces, type AppPlaces } from './places.ts';
import { containerFacts, planContainer, type PlanInput } from './plan.ts';
import { attemptOf, type RunRecord } from './record.ts';
import { checkPromises, limitationFacts } from './promises.ts';
import { stageRun } from './stage.ts';
import type { Stops } from './stops.ts';
import { untilDue } from './next-attempt.ts';

/** One attempt from nothing to a container that was asked for: stage, pull, create, start. */
export async function startContainer(
  run: PreparedRun,
  ports: RunPorts,
  stops: Stops,
): Promise<StartedContainer> {
  const { engine, journal, observer } = ports;
  const { runId } = run;
  const note = (bodies: readonly EventBody[]): void => {
    const record = journal.append(runId, bodies);
    observer.onRecord?.(record);
  };
  const before = journal.read(runId);
  await untilDue(before, ports, stops);
  const attempt = attemptOf(before);
  const options = optionsOf(run.created.options, before);
  const places = runPlaces(journal.runFolder(runId), attempt);
  const app = appPlaces(engine.name, places, run.created.folders);
  const folders = expansionFolders(run.created.folders, app);
  const command = expandCommand(
    run.descriptor,
    withReachableFiles(run.descriptor, run.invocation, run.created.callerFolder),
    {
      workingDirectory: app.work,
      ...(folders === undefined ? {} : { folders }),
    },
  );

  note([
    ...(before.state === 'QUEUED' ? [{ type: 'state', state: 'INITIALIZING' } as const] : []),
    { type: 'phase', phase: 'stage' },
  ]);
  const { limitations, warnings } = await checkPromises(options, engine);
  await checkInPlace(run.inputs, options.mounts);
  await stageRun(places, command, run.inputs);

  note([{ type: 'phase', phase: 'pull' }]);
  const [image, version] = await Promise.all([
    bringImage(run, options, ports, stops.signal),
    engine.version(),
  ]);
  const gpus = await checkGpus(options, engine);

  const plan: PlanInput = {
    runId,
    attempt,
    ownerLabel: ports.ownerLabel,
    command,
    options: gpus.options,
    environment: run.environment,
    inputs: run.inputs,
    folderMode: folders !== undefined,
    places,
    app,
    image,
    excludedNodes: before.retry?.excludedNodes ?? [],
  };
  const spec: ContainerSpec = planContainer(plan);
  // Written before the engine is asked: after a crash the container is found by this name.
  note([
    ...(before.attempts === undefined ? warnings : []),
    ...gpus.warnings,
    ...(image.warnings ?? []).map((warning) => ({ type: 'warning' as const, ...warning })),
    // A program without a container has none.
    ...(image.id === '' ? [] : [{ type: 'image', ...imageFacts(image) } as const]),
    { type: 'container', ...containerFacts(spec, plan, version), ...limitationFacts(limitations) },
    { type: 'phase', phase: 'create' },
  ]);
  stops.signal.throwIfAborted();
  return engine.start(spec, stops.signal);
}

/** The options of a run as its newest attempt has them: more memory, and the image of the first. */
function optionsOf(options: RunOptions, { retry, image, attempts }: RunRecord): RunOptions {
  const isFirst = attempts === undefined;
  return {
    ...options,
    ...(retry?.memoryBytes === undefined ? {} : { memoryBytes: retry.memoryBytes }),
    ...(isFirst || image === undefined
      ? {}
      : {
          pinnedImage: options.pinnedImage ?? sameImage(image),
          build: false,
          pull: options.pull === 'never' ? 'never' : 'missing',
        }),
  };
}

/** BIAFLOWS folder mode, as the app sees it; undefined when the caller gave no folder of pictures. */
export function expansionFolders(
  folders: FolderOptions,
  app: AppPlaces = CONTAINER_PLACES,
): { in: string; out: string; gt?: string } | undefined {
  if (folders.inFolder === undefined) return undefined;
  const { in: inFolder, out, gt } = app;
  return { in: inFolder, out, ...(folders.gtFolder === undefined ? {} : { gt }) };
}
