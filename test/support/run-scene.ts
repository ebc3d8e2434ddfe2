import type { ContainerSpec, ImageRequest, OutputChunk } from '../../src/container/index.ts';
import type { Descriptor } from '../../src/descriptor/index.ts';
import {
  executeRun,
  type CreatedFacts,
  type PreparedRun,
  type RunObserver,
  type RunRecord,
} from '../../src/runner/index.ts';
import { newRunId, openStore, type LogQuery, type RunStore } from '../../src/store/index.ts';
import { FakeEngine, type FakeEngineOptions, type FakeProgram } from './fake-engine.ts';
import { ManualClock } from './manual-clock.ts';
import { createdFacts } from './run-values.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const SCENE_DESCRIPTOR: Descriptor = {
  dialect: 'boutiques-0.5',
  name: 'demo',
  commandLine: 'demo',
  containerImage: { type: 'docker', image: 'fake:1', containerOptions: [] },
  inputs: [],
  outputFiles: [],
  groups: [],
  environmentVariables: [],
  suggestedResources: {},
  errorCodes: [{ code: 3, description: 'nothing found' }],
  tests: [],
  tags: {},
  custom: {},
};

export interface Scene {
  readonly run: (changes?: Partial<CreatedFacts>) => Promise<RunRecord>;
  readonly store: RunStore;
  readonly engine: FakeEngine;
  readonly clock: ManualClock;
  readonly stop: AbortController;
  readonly kill: AbortController;
  /** Every record that was shown. */
  readonly shown: RunRecord[];
  readonly folder: string;
  readonly logOf: (runId: string, query: LogQuery) => Promise<string>;
}

export type SceneOptions = Omit<FakeEngineOptions, 'onResolve'> & {
  readonly observer?: RunObserver;
  readonly onResolve?: (request: ImageRequest, clock: ManualClock) => void;
};

/** The straight line over a real store, with an engine that does what it is told. */
export async function scene(
  program: (spec: ContainerSpec) => FakeProgram,
  play: (scene: Scene) => Promise<void>,
  options: SceneOptions = {},
): Promise<void> {
  await using folder = await temporaryFolder();
  const clock = new ManualClock();
  using store = openStore({ folder: folder.path, clock });
  const { onResolve, ...others } = options;
  const engine = new FakeEngine(program, {
    clock,
    ...others,
    ...(onResolve === undefined
      ? {}
      : {
          onResolve: (request) => {
            onResolve(request, clock);
          },
        }),
  });
  const stop = new AbortController();
  const kill = new AbortController();
  const shown: RunRecord[] = [];
  const observer = options.observer ?? { onRecord: (record) => void shown.push(record) };
  const run = (changes: Partial<CreatedFacts> = {}): Promise<RunRecord> => {
    const prepared = preparedRun(newRunId(clock), changes);
    const ports = { engine, journal: store, clock, observer, ownerLabel: store.dataId };
    return executeRun(prepared, ports, { stop: stop.signal, kill: kill.signal });
  };
  const logOf = async (runId: string, query: LogQuery): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const { bytes } of store.readLog(runId, query)) chunks.push(bytes);
    return Buffer.concat(chunks).toString();
  };
  await play({ run, store, engine, clock, stop, kill, shown, folder: folder.path, logOf });
}

/** A run of a small Boutiques app without inputs, ready to be executed. */
export const preparedRun = (runId: string, changes: Partial<CreatedFacts> = {}): PreparedRun => ({
  runId,
  created: createdFacts(changes),
  descriptor: SCENE_DESCRIPTOR,
  invocation: [],
  environment: {},
  inputs: [],
});

/** A piece of output. */
export const said = (stream: OutputChunk['stream'], words: string): OutputChunk => ({
  stream,
  bytes: Buffer.from(words),
});
