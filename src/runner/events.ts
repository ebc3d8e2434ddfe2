import type {
  ContainerLimits,
  EngineEnding,
  EngineName,
  EnginePromise,
  Limitation,
  Mount,
  NetworkMode,
  WaitReason,
} from '../container/index.ts';
import type { Dialect, ExpectedOutput, InvocationValue, ValueSource } from '../descriptor/index.ts';
import type { InputOrigin, PlacedOrigin } from './input-origin.ts';
import type { Failure, StopCause } from './outcome.ts';
import type { RunState } from './state.ts';

/** One fact about a run. The record of a run is the fold of its events, and nothing else. */
export type RunEvent = EventBase & EventBody;

export interface EventBase {
  readonly runId: string;
  /** Position in the run's log, from 1, without gaps. */
  readonly seq: number;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export type EventBody =
  | ({ readonly type: 'created' } & CreatedFacts)
  | { readonly type: 'state'; readonly state: RunState }
  | { readonly type: 'phase'; readonly phase: RunPhase }
  | ({ readonly type: 'waiting' } & WaitReason)
  | ({ readonly type: 'image' } & ImageFacts)
  | ({ readonly type: 'container' } & ContainerFacts)
  | { readonly type: 'inputs'; readonly inputs: readonly InputFacts[] }
  | { readonly type: 'progress'; readonly percent: number; readonly message?: string }
  | { readonly type: 'stop-requested'; readonly cause: StopCause }
  | ({ readonly type: 'exit' } & ExitFacts)
  | { readonly type: 'logs'; readonly stdoutBytes: number; readonly stderrBytes: number }
  | {
      readonly type: 'outputs';
      readonly outputs: readonly OutputFacts[];
      /** What the app left of a run that did not complete. */
      readonly partial: boolean;
    }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'failure'; readonly failure: Failure }
  | ({ readonly type: 'attempt-failed' } & AttemptFailure)
  | { readonly type: 'queue'; readonly queue: QueuePlace };

/**
 * The steps of one run, in order; each begins where the one before ends. `wait` is left out where
 * nothing is waited for; it also stands between two attempts.
 */
export const RUN_PHASES = ['stage', 'pull', 'create', 'wait', 'run', 'collect'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

export interface RecordedParameter {
  readonly inputId: string;
  readonly type: string;
  /** Masked when secret. */
  readonly value: InvocationValue;
  readonly source: ValueSource;
  readonly secret: boolean;
}

/** What was asked for, complete enough to ask for it again. */
export interface CreatedFacts {
  readonly app: {
    readonly name: string;
    readonly version?: string;
    readonly dialect: Dialect;
    readonly descriptorPath: string;
    readonly descriptorText: string;
    readonly descriptorSha256: string;
  };
  readonly parameters: readonly RecordedParameter[];
  readonly folders: FolderOptions;
  readonly options: RunOptions;
  /** Of the caller: relative values are taken from here. */
  readonly callerFolder: string;
  /** Where a server that admitted them found the inputs (absolute, symlinks resolved): none but these are mounted. */
  readonly inputSources?: readonly string[];
  /** Where those of them came from that were fetched or sent. */
  readonly inputOrigins?: readonly PlacedOrigin[];
  /** The run whose repetition this is. */
  readonly rerunOf?: string;
  /** Where it belongs, when it is one of many runs that were asked for together. */
  readonly batch?: BatchPlace;
  /** Its place in a server's queue, when a server executes it. */
  readonly queue?: QueuePlace;
  /** Where it belongs in a trace of its submitter's (W3C Trace Context). */
  readonly traceparent?: string;
  readonly runnerVersion: string;
  readonly host: string;
  readonly user: string;
}

/** One item of a batch; several runs are of the same item when it was tried again. */
export interface BatchPlace {
  readonly id: string;
  /** Its name, unique in the batch. */
  readonly item: string;
  /** From 0, in the order in which they were given. */
  readonly index: number;
}

/** What a server's queue goes by. */
export interface QueuePlace {
  /** Who submitted the run, by the name the server knows. */
  readonly submitter: string;
  /** Higher begins earlier; 0 is usual. */
  readonly priority: number;
  /** Absent: it may begin. */
  readonly held?: { readonly by: string; readonly reason?: string };
  /** RFC 3339, UTC: when it was last held or released, if ever after it was created. */
  readonly since?: string;
  /** RFC 3339, UTC: a run that has not begun by then never does. */
  readonly deadline?: string;
  /** RFC 3339, UTC: it does not begin earlier. */
  readonly notBefore?: string;
  /** Of a run of a batch: how many of the batch's runs at once. Absent: as many as fit. */
  readonly batchAtOnce?: number;
}

/** BIAFLOWS folder mode, and where outputs go. Absolute host paths. */
export interface FolderOptions {
  readonly inFolder?: string;
  readonly outFolder?: string;
  readonly gtFolder?: string;
}

/** Everything a user can choose about how a run is executed. Durations in ms, sizes in bytes. */
export interface RunOptions {
  readonly engine: EngineName;
  /** Why this engine, as a sentence without its full stop. */
  readonly engineReason?: string;
  /** What was asked for by name: an engine that cannot keep it is refused, not warned of. */
  readonly asked?: readonly EnginePromise[];
  /** Name of the cluster in the configuration. */
  readonly cluster?: string;
  /** What the scheduler is told beside the limits, as its own long options. */
  readonly scheduler?: readonly SchedulerOption[];
  readonly imageOverride?: string;
  /** The very image to run, by digest or id; the reference above stays what it is called. */
  readonly pinnedImage?: string;
  readonly pull: 'missing' | 'always' | 'never';
  readonly build: boolean;
  readonly network: NetworkMode;
  readonly user: { readonly uid: number; readonly gid: number } | 'image';
  readonly readOnlyRoot: boolean;
  readonly memoryBytes?: number;
  readonly cpus?: number;
  /** Processes at once; `LIMITS.containerPidsMax` where absent. */
  readonly pids?: number;
  readonly gpus?: 'all' | number;
  /** Run without a GPU, with a warning in the record, when none is here. */
  readonly gpusOptional?: boolean;
  /** Of each attempt, from when the app starts. */
  readonly timeoutMs?: number;
  readonly stopGraceMs: number;
  /** Absent: what fails has failed. */
  readonly retry?: RetryOptions;
  /** Values masked by name. */
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
}

/** One option of a scheduler. */
export interface SchedulerOption {
  readonly name: string;
  readonly value: string;
  /** Where it was said, for people. */
  readonly source: string;
}

/** When a run that failed is tried again. */
export interface RetryOptions {
  /** Further attempts after failures of the infrastructure; 0: none. */
  readonly attempts: number;
  /** Out of memory: try again with more, up to this. Absent: not at all. */
  readonly memoryMaxBytes?: number;
  /** How many times more. */
  readonly memoryFactor: number;
}

export interface ImageFacts {
  readonly reference: string;
  readonly id: string;
  /** Of the index, when there is one, else of the manifest. */
  readonly digest?: string;
  /** Of the manifest for this platform. */
  readonly manifestDigest?: string;
  /** Hex, of the .sif that it is or came from. */
  readonly sha256?: string;
  readonly platform: string;
  readonly sizeBytes: number;
  readonly pulled: boolean;
}

/** Written before the engine is asked to create the container, so that it can be found by name. */
export interface ContainerFacts {
  readonly name: string;
  readonly attempt: number;
  readonly engine: { readonly name: EngineName; readonly version: string };
  readonly entrypoint: 'image' | 'replaced';
  /** Masked. */
  readonly argv: readonly string[];
  readonly shellLine?: string;
  /** Masked. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly mounts: readonly Mount[];
  readonly limits: ContainerLimits;
  readonly security: SecurityFacts;
  /** What of all this the engine could not keep. */
  readonly limitations?: Readonly<Partial<Record<EnginePromise, Limitation>>>;
  /** What the app is to leave behind, so that a later process can collect it too. */
  readonly expectedOutputs: readonly ExpectedOutput[];
}

export interface SecurityFacts {
  readonly network: NetworkMode;
  readonly readOnlyRoot: boolean;
  readonly user: { readonly uid: number; readonly gid: number } | 'image';
  /** `none`: it ran without a container. */
  readonly capabilitiesDropped: 'all' | 'none';
  readonly noNewPrivileges: boolean;
}

export interface InputFacts {
  readonly inputId: string;
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number;
  /** Of a file; of a folder, of its sorted list of `sha256  path` lines. */
  readonly sha256: string;
  /** Absent: it was here already. */
  readonly origin?: InputOrigin;
}

export interface ExitFacts {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** Why the program was never started, as a clause. */
  readonly neverRan?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly peakMemoryBytes?: number;
  readonly cpuSeconds?: number;
  /** The machine it ran on, where the engine has several. */
  readonly node?: string;
  /** Whoever else than the app ended it. */
  readonly ending?: EngineEnding;
}

/** An attempt that failed and is not the last. Written once nothing of it is left but its log. */
export interface AttemptFailure {
  readonly attempt: number;
  readonly failure: Failure;
  readonly next: NextAttempt;
}

/** How the next attempt differs from the one before. */
export interface NextAttempt {
  readonly attempt: number;
  /** RFC 3339, UTC: not earlier than this. */
  readonly notBefore: string;
  /** Machines that failed an earlier attempt. */
  readonly excludedNodes: readonly string[];
  /** Absent: as the options say. */
  readonly memoryBytes?: number;
}

export interface OutputFacts {
  /** The output-file's id; in folder mode `out`. */
  readonly outputId: string;
  /** Relative to the output folder, with `/`. */
  readonly path: string;
  /** Where it lies on this machine. */
  readonly location: string;
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
}
