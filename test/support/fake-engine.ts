import { systemClock, type Clock } from '../../src/base/clock.ts';
import { RunnerError } from '../../src/base/errors.ts';
import type {
  ContainerEngine,
  ContainerListing,
  ContainerSpec,
  EngineInfo,
  EngineVersion,
  EngineWarning,
  ExitStatus,
  ImageBuild,
  ImageRequest,
  LogOffsets,
  OutputChunk,
  ResolvedImage,
  StartedContainer,
  WaitReason,
} from '../../src/container/index.ts';

/** What a fake container does: its output, then how it ends. */
export interface FakeProgram {
  readonly output?: readonly OutputChunk[];
  /** Exit code 0 unless told. */
  readonly exit?: Partial<ExitStatus>;
  /** Why it waits before it begins, told one after the other; it begins when `begins` resolves. */
  readonly waiting?: readonly WaitReason[];
  readonly begins?: Promise<unknown>;
  /** It runs on until this resolves, or until it is stopped. */
  readonly until?: Promise<unknown>;
  /** What SIGTERM does: end it (143, as a program without a handler), nothing, or end it with this code. */
  readonly onTerm?: 'end' | 'ignore' | number;
  /** The engine cannot be asked while it runs. */
  readonly away?: EngineWarning;
  /** `start` throws this. */
  readonly refusal?: Error;
}

/** Containers outlive the engine object that started them: give one world to two engines. */
export class FakeWorld {
  readonly containers = new Map<string, FakeContainer>();
  /** Names, in the order in which they were removed. */
  readonly removed: string[] = [];
}

export interface FakeEngineOptions {
  readonly world?: FakeWorld;
  readonly clock?: Clock;
  readonly info?: Partial<EngineInfo>;
  readonly image?: Partial<ResolvedImage>;
  /** Throws to refuse an image. */
  readonly onResolve?: (request: ImageRequest) => void;
  /** Like an engine with job arrays. */
  readonly startsMany?: boolean;
}

export const FAKE_IMAGE = 'fake:1';
const FAKE_IMAGE_ID = `sha256:${'0'.repeat(64)}`;

/** An engine that runs nothing: each container does what `program` says for its spec. */
export class FakeEngine implements ContainerEngine {
  readonly name = 'docker';
  readonly world: FakeWorld;
  readonly started: ContainerSpec[] = [];
  readonly built: ImageBuild[] = [];
  /** Names of the containers of each request that started many. */
  readonly arrays: (readonly string[])[] = [];
  readonly startMany?: NonNullable<ContainerEngine['startMany']>;
  readonly #program: (spec: ContainerSpec) => FakeProgram;
  readonly #options: FakeEngineOptions;

  constructor(program: (spec: ContainerSpec) => FakeProgram, options: FakeEngineOptions = {}) {
    this.#program = program;
    this.#options = options;
    this.world = options.world ?? new FakeWorld();
    if (options.startsMany === true)
      this.startMany = async (specs, signal) => {
        this.arrays.push(specs.map(({ name }) => name));
        return Promise.all(specs.map((spec) => this.start(spec, signal)));
      };
  }

  async info(): Promise<EngineInfo> {
    return {
      name: 'docker',
      version: '0.0.0-fake',
      apiVersion: '1.41',
      platform: 'linux/amd64',
      limitations: {},
      cpus: 4,
      memoryBytes: 8 * 2 ** 30,
      gpus: 'absent',
      ...this.#options.info,
    };
  }

  async version(): Promise<EngineVersion> {
    const { name, version } = await this.info();
    return { name, version };
  }

  async resolveImage(request: ImageRequest, signal: AbortSignal): Promise<ResolvedImage> {
    signal.throwIfAborted();
    this.#options.onResolve?.(request);
    const reference = this.#options.image?.reference ?? FAKE_IMAGE;
    if (request.pull === 'never' && ![reference, FAKE_IMAGE_ID].includes(request.reference))
      throw new RunnerError('image-not-found', `there is no image ${request.reference} here`);
    return {
      reference: request.reference,
      id: FAKE_IMAGE_ID,
      platform: 'linux/amd64',
      sizeBytes: 1,
      entrypoint: ['/bin/fake'],
      command: [],
      pulled: false,
      ...this.#options.image,
    };
  }

  async buildImage(request: ImageBuild, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.built.push(request);
  }

  async start(spec: ContainerSpec, signal: AbortSignal): Promise<StartedContainer> {
    signal.throwIfAborted();
    const program = this.#program(spec);
    if (program.refusal !== undefined) throw program.refusal;
    if (this.world.containers.has(spec.name))
      throw new RunnerError('engine-refused', `there is already a container named ${spec.name}`);
    this.started.push(spec);
    const container = new FakeContainer(spec, program, {
      world: this.world,
      clock: this.#options.clock ?? systemClock,
    });
    this.world.containers.set(spec.name, container);
    return container;
  }

  async find(name: string): Promise<StartedContainer | undefined> {
    return this.world.containers.get(name);
  }

  async list(ownerLabel: string): Promise<readonly ContainerListing[]> {
    return [...this.world.containers.values()]
      .filter(({ spec }) => spec.ownerLabel === ownerLabel)
      .map(({ name, spec, phase }) => ({
        name,
        runId: spec.runId,
        attempt: spec.attempt,
        running: phase === 'running',
      }));
  }
}

/** Output is given from the beginning to whoever asks, as an engine's own copy would be. */
class FakeContainer implements StartedContainer {
  readonly spec: ContainerSpec;
  readonly name: string;
  readonly id: string;
  phase: 'waiting' | 'running' | 'exited';
  readonly #program: FakeProgram;
  readonly #world: FakeWorld;
  readonly #clock: Clock;
  readonly #exit = Promise.withResolvers<ExitStatus>();
  readonly #begun = Promise.withResolvers<undefined>();
  readonly #ended = new AbortController();

  constructor(spec: ContainerSpec, program: FakeProgram, at: { world: FakeWorld; clock: Clock }) {
    this.spec = spec;
    this.name = spec.name;
    this.id = `fake-${spec.name}`;
    this.#program = program;
    this.#world = at.world;
    this.#clock = at.clock;
    this.phase = program.begins === undefined ? 'running' : 'waiting';
    void this.#run();
  }

  async #run(): Promise<void> {
    await this.#program.begins;
    if (this.phase === 'waiting') this.phase = 'running';
    this.#begun.resolve(undefined);
    await this.#program.until;
    this.#end({ exitCode: 0, outOfMemory: false, ...this.#program.exit });
  }

  async *output(from: LogOffsets = { stdout: 0, stderr: 0 }): AsyncGenerator<OutputChunk> {
    const left = { ...from };
    for (const { stream, bytes } of this.#program.output ?? []) {
      const rest = bytes.subarray(left[stream]);
      left[stream] = Math.max(0, left[stream] - bytes.length);
      if (rest.length > 0) yield { stream, bytes: rest };
    }
    await this.#exit.promise;
  }

  whenAway(): Promise<EngineWarning> {
    const { away } = this.#program;
    return away === undefined ? new Promise(() => undefined) : Promise.resolve(away);
  }

  async begun(onWaiting?: (reason: WaitReason) => void): Promise<void> {
    for (const reason of this.#program.waiting ?? []) onWaiting?.(reason);
    await this.#begun.promise;
  }

  wait(): Promise<ExitStatus> {
    return this.#exit.promise;
  }

  async stop(graceMs: number): Promise<void> {
    if (graceMs > 0) {
      const onTerm = this.#program.onTerm ?? 'end';
      if (onTerm !== 'ignore')
        this.#end({ exitCode: onTerm === 'end' ? 143 : onTerm, outOfMemory: false });
      await this.#clock.sleep(graceMs, this.#ended.signal);
    }
    this.#end({ exitCode: 137, outOfMemory: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end({ exitCode: 137, outOfMemory: false });
    if (this.#world.containers.get(this.name) !== this) return;
    this.#world.containers.delete(this.name);
    this.#world.removed.push(this.name);
  }

  /** The first end counts. */
  #end(exit: ExitStatus): void {
    this.phase = 'exited';
    this.#begun.resolve(undefined);
    this.#exit.resolve(exit);
    this.#ended.abort();
  }
}
