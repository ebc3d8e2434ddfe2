/**
 * The port to whatever runs containers. `docker/` implements it; later `apptainer/`, `slurm/`,
 * `process/`. An engine is finished when `test/container/contract.ts` passes for it.
 */
export type EngineName = 'docker' | 'podman' | 'apptainer' | 'slurm' | 'process';

export interface ContainerEngine {
  readonly name: EngineName;
  /** Asks the engine who it is and what it can do. Throws `engine-unavailable` when it does not answer. */
  info(): Promise<EngineInfo>;
  /** Who the engine is, as `info` says it, but cheap enough to ask before every run. Throws as `info` does. */
  version(): Promise<EngineVersion>;
  /**
   * Makes sure the image is here and says exactly which one it is; concurrent calls for one image
   * pull once. Throws `image-not-found`, `image-pull-failed`, `engine-unavailable`.
   */
  resolveImage(request: ImageRequest, signal: AbortSignal): Promise<ResolvedImage>;
  /** Builds an image from a folder with a Dockerfile. Throws `image-build-failed`. */
  buildImage(request: ImageBuild, signal: AbortSignal): Promise<void>;
  /**
   * Creates, attaches to and starts the container, in that order, so that no early byte is lost.
   * The container's name is `spec.name`: a caller that died can find it again. Throws
   * `engine-unavailable`, `engine-refused` (bad mount, name taken …), `gpu-unavailable`, `app-exit`
   * with `details.exitCode` 126 or 127 when the image has no such program. An engine that learns
   * that only later lets `wait` say it: `ExitStatus.neverRan`.
   */
  start(spec: ContainerSpec, signal: AbortSignal): Promise<StartedContainer>;
  /** Finds a container by name, running or ended, possibly started by a process that has since died. */
  find(name: string): Promise<StartedContainer | undefined>;
  /** Names of all containers that carry our label for this data directory. */
  list(ownerLabel: string): Promise<readonly ContainerListing[]>;
}

export interface EngineVersion {
  readonly name: EngineName;
  readonly version: string;
}

export interface EngineInfo extends EngineVersion {
  readonly apiVersion?: string;
  readonly platform: string;
  /** What of the spec this engine cannot enforce here, as sentences by promise. */
  readonly limitations: Readonly<Record<string, string>>;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: 'available' | 'absent';
}

export type PullPolicy = 'missing' | 'always' | 'never';

export interface ImageRequest {
  /** As the descriptor or the user gave it. */
  readonly reference: string;
  readonly pull: PullPolicy;
  readonly onProgress?: (progress: PullProgress) => void;
}

export interface PullProgress {
  readonly receivedBytes: number;
  /** Known only once every layer has said its size. */
  readonly totalBytes?: number;
  readonly status: string;
}

export interface ImageBuild {
  readonly contextFolder: string;
  readonly tag: string;
  readonly onLine?: (line: string) => void;
}

export interface ResolvedImage {
  readonly reference: string;
  /** What the container is created from: an immutable id (`sha256:…`) or a file. */
  readonly id: string;
  /** Digest of the index or manifest in its registry, when it came from one. */
  readonly digest?: string;
  readonly platform: string;
  readonly sizeBytes: number;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory?: string;
  readonly pulled: boolean;
}

export interface Mount {
  /** On this machine, absolute, symlinks resolved. */
  readonly source: string;
  /** In the container, absolute. */
  readonly target: string;
  readonly readOnly: boolean;
}

export type NetworkMode = 'none' | 'bridge' | 'host';

export interface ContainerLimits {
  readonly memoryBytes?: number;
  /** Cores, may be a fraction. */
  readonly cpus?: number;
  readonly pids: number;
  /** `all`, or how many. Absent: none. */
  readonly gpus?: 'all' | number;
}

/** Everything the engine will be told, decided before anything is started. A pure value. */
export interface ContainerSpec {
  /** From the run id and attempt: `cyto-run-<runId>-<attempt>`. */
  readonly name: string;
  readonly runId: string;
  readonly attempt: number;
  /** Identifies the data directory, so that two of them never touch each other's containers. */
  readonly ownerLabel: string;
  /** `ResolvedImage.id`. */
  readonly image: string;
  /** `image`: keep the image's ENTRYPOINT and give it `argv`. `replaced`: `argv` is the whole command. */
  readonly entrypoint: 'image' | 'replaced';
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** `image`: whatever the image says. */
  readonly user: { readonly uid: number; readonly gid: number } | 'image';
  readonly mounts: readonly Mount[];
  readonly readOnlyRoot: boolean;
  readonly network: NetworkMode;
  readonly limits: ContainerLimits;
}

export type OutputStream = 'stdout' | 'stderr';

/** Bytes as the app wrote them, in the order of their stream. */
export interface OutputChunk {
  readonly stream: OutputStream;
  readonly bytes: Uint8Array;
}

/** Bytes already kept of each stream: reading goes on behind them. */
export type LogOffsets = Readonly<Record<OutputStream, number>>;

export interface ExitStatus {
  /** 128 + signal number when a signal ended it, as shells say. */
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** RFC 3339, as the engine's clock says. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** Highest sample, without reclaimable cache; absent where the engine cannot say or the run was short. */
  readonly peakMemoryBytes?: number;
  /** Up to the last sample. */
  readonly cpuSeconds?: number;
  /** With exit code 126 or 127: why the program could not be executed at all, as a sentence. */
  readonly neverRan?: string;
}

export interface ContainerListing {
  readonly name: string;
  readonly runId: string;
  readonly attempt: number;
  readonly running: boolean;
}

/** A container that exists and has not been removed. Disposing stops and removes it; doing so twice is harmless. */
export interface StartedContainer extends AsyncDisposable {
  readonly name: string;
  /** The engine's own id. */
  readonly id: string;
  /** `created`: it exists but was never started. */
  readonly phase: 'created' | 'running' | 'exited';
  /**
   * Everything the app writes, until it has ended, byte-exact. A container just started is read
   * live; a found one is read again from the engine's copy, behind `from`. Bounded in memory: a slow
   * reader slows the app, it loses nothing.
   */
  output(from?: LogOffsets): AsyncIterable<OutputChunk>;
  /** Resolves when the program has ended, however. */
  wait(): Promise<ExitStatus>;
  /** SIGTERM, then SIGKILL after `graceMs`; 0 kills at once. Harmless when it has ended. */
  stop(graceMs: number): Promise<void>;
}
