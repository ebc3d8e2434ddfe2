import type { EnginePromise, Limitation } from './promises.ts';

/**
 * The port to whatever runs containers: `docker/` (and Podman), `apptainer/`, `slurm/`, `process/`.
 * An engine is finished when `test/container/contract.ts` passes for it.
 */
export const ENGINE_NAMES = ['docker', 'podman', 'apptainer', 'slurm', 'process'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export interface ContainerEngine {
  readonly name: EngineName;
  /** Asks the engine who it is and what it can do. Throws `engine-unavailable` when it does not answer. */
  info(): Promise<EngineInfo>;
  /**
   * What of these promises it cannot keep here, for these limits, cheap enough to ask before every
   * run; at most all that `info` says. Absent: `info` is cheap enough, and says it for all limits.
   */
  limitationsOf?(
    promises: readonly EnginePromise[],
    limits?: Pick<ContainerLimits, 'cpus'>,
  ): Promise<EngineInfo['limitations']>;
  /** Who the engine is, as `info` says it, but cheap enough to ask before every run. Throws as `info` does. */
  version(): Promise<EngineVersion>;
  /**
   * Makes sure the image is here and says exactly which one it is; concurrent calls for one image
   * pull once. Throws `image-not-found`, `image-pull-failed`, `engine-unavailable`.
   */
  resolveImage(request: ImageRequest, signal: AbortSignal): Promise<ResolvedImage>;
  /**
   * A file of an image, without starting anything of it. Absent: this engine cannot give one. Throws
   * `image-not-found`, `engine-unavailable`, `engine-refused`.
   */
  readImageFile?(asked: AskedImageFile, signal: AbortSignal): Promise<ImageFile>;
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
  /**
   * Starts many containers of one image with one request, where the engine can (a job array); each
   * is then as if `start` had made it. Throws as `start` does; then none was started. Absent: start
   * one after the other.
   */
  startMany?(
    specs: readonly ContainerSpec[],
    signal: AbortSignal,
  ): Promise<readonly StartedContainer[]>;
  /** Finds a container by name, running or ended, possibly started by a process that has since died. */
  find(name: string): Promise<StartedContainer | undefined>;
  /**
   * Names of all containers that carry our label for this data directory. `lately`: as it was within
   * the last minute will do, where it is known; now is the default.
   */
  list(ownerLabel: string, when?: 'now' | 'lately'): Promise<readonly ContainerListing[]>;
}

export interface EngineVersion {
  readonly name: EngineName;
  readonly version: string;
}

export interface EngineInfo extends EngineVersion {
  readonly apiVersion?: string;
  readonly platform: string;
  /** What of the promises this engine cannot keep here; what is not named is kept. */
  readonly limitations: Readonly<Partial<Record<EnginePromise, Limitation>>>;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: 'available' | 'absent';
  /** How many, where that can be known. */
  readonly gpuCount?: number;
}

export type PullPolicy = 'missing' | 'always' | 'never';

export interface ImageRequest {
  /** As the descriptor or the user gave it; every kind of `src/container/images/source.ts`. */
  readonly reference: string;
  /** Absolute; a relative path in the reference is taken from here. Absent: from the process's folder. */
  readonly folder?: string;
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
  /** Of the manifest for this platform; the same as `digest` where there is no index. */
  readonly manifestDigest?: string;
  /** Hex, of the .sif file it is or came from. */
  readonly sha256?: string;
  readonly platform: string;
  readonly sizeBytes: number;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory?: string;
  /** Brought here for this request: pulled, loaded or built. */
  readonly pulled: boolean;
  /** What the user should know of how it came to be: as warnings of the run. */
  readonly warnings?: readonly EngineWarning[];
}

export interface AskedImageFile {
  /** `ResolvedImage.id`. */
  readonly image: string;
  /** Absolute, in the image. */
  readonly path: string;
  /** Nothing of a longer one is read. */
  readonly bytesMax: number;
  /** Of the data directory: what a crash leaves of the asking is removed like its containers. */
  readonly ownerLabel: string;
}

/** What an image has at a path. */
export type ImageFile =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too-large'; readonly sizeBytes: number }
  | { readonly kind: 'link'; readonly target: string }
  /** A folder, a device … */
  | { readonly kind: 'no-file' };

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
  /** For engines that hand the work to a scheduler; the others ignore it. */
  readonly scheduling?: Scheduling;
}

/** What a scheduler is told beside the limits. */
export interface Scheduling {
  /** The scheduler's own long option names without dashes, and their values: `{ partition: 'gpu' }`. */
  readonly options: Readonly<Record<string, string>>;
  /** After this the scheduler ends the job. */
  readonly timeLimitMs?: number;
  /** Machines that failed an earlier attempt of this run. */
  readonly excludedNodes: readonly string[];
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
  /** The machine it ran on, where the engine has several. */
  readonly node?: string;
  /** Whoever else than the app ended it, as the engine knows for certain; absent: the app ended by itself. */
  readonly ending?: EngineEnding;
  /** What the user should know of how it was run: as warnings of the run. */
  readonly warnings?: readonly EngineWarning[];
}

/** `code` is one of a run's warnings. */
export interface EngineWarning {
  readonly code: string;
  readonly message: string;
}

/** An end that is not the app's own. `canceled`: by somebody beside us (an administrator, `scancel`). */
export interface EngineEnding {
  readonly code:
    | 'time-limit'
    | 'node-failed'
    | 'preempted'
    | 'canceled'
    | 'image-pull-failed'
    | 'staging-failed'
    | 'disk-full'
    | 'engine-lost';
  readonly message: string;
  readonly hint?: string;
}

/** Why a container that was asked for does not run yet. */
export interface WaitReason {
  /** Stable, for programs: `slurm-qos-max-gres`, `slurm-resources` … */
  readonly code: string;
  /** For people, in plain words, without full stop. */
  readonly message: string;
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
  /** As it was when found or started. `created`: it exists but was never started. `waiting`: for its turn. */
  readonly phase: 'created' | 'waiting' | 'running' | 'exited';
  /**
   * Resolves once the program runs or has ended (also when it ended without ever running). Tells
   * each new reason why it still waits. An engine without a queue resolves at once.
   */
  begun(onWaiting?: (reason: WaitReason) => void): Promise<void>;
  /**
   * Everything the app writes, until it has ended, byte-exact. A container just started is read
   * live; a found one is read again from the engine's copy, behind `from`. Bounded in memory: a slow
   * reader slows the app, it loses nothing.
   */
  output(from?: LogOffsets): AsyncIterable<OutputChunk>;
  /** Resolves when the program has ended, however. */
  wait(): Promise<ExitStatus>;
  /** Resolves when the engine cannot be asked any more while the app runs; pending for ever where that never is so. */
  whenAway?(): Promise<EngineWarning>;
  /** Lets go of one that goes on, for whoever finds it next: nothing is read here any more. Absent: nothing is to be let go. */
  leave?(): void;
  /** SIGTERM, then SIGKILL after `graceMs`; 0 kills at once. Harmless when it has ended. */
  stop(graceMs: number): Promise<void>;
}
