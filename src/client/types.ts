/*
 * What a server answers, as far as a client needs it; `/openapi.json` describes all of it. A newer server
 * may answer with more.
 */

import type { PlacedOrigin, RunInput } from './input-types.ts';

/** The states of GA4GH TES. */
export type RunState =
  | 'QUEUED'
  | 'INITIALIZING'
  | 'RUNNING'
  | 'CANCELING'
  | 'COMPLETE'
  | 'EXECUTOR_ERROR'
  | 'SYSTEM_ERROR'
  | 'CANCELED'
  | 'PREEMPTED';

const TERMINAL: ReadonlySet<string> = new Set<RunState>([
  'COMPLETE',
  'EXECUTOR_ERROR',
  'SYSTEM_ERROR',
  'CANCELED',
  'PREEMPTED',
]);

/** Whether a run in this state has ended for good. */
export const hasEnded = (state: string): boolean => TERMINAL.has(state);

/** A folder of the server, or an upload that is one. */
export type FolderReference = string | { readonly upload: string };

/** One run to be queued: an app (or a descriptor), values, and how it is to be executed. */
export interface Submission {
  /** `NAME` for its newest version that may be run, or `NAME@VERSION`. */
  readonly app?: string;
  /** In place of an app: a descriptor, as an object or as its text. */
  readonly descriptor?: object | string;
  /** Values by input id. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Server-set values by input id, in place of a platform. */
  readonly serverParameters?: Readonly<Record<string, unknown>>;
  /** Folders of the server: BIAFLOWS folder mode, and where outputs go. */
  readonly folders?: {
    readonly in?: FolderReference;
    readonly out?: string;
    readonly gt?: FolderReference;
  };
  /** What `cyto-run run` takes as flags, by the same names. */
  readonly options?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Higher begins earlier; 0 is usual. */
  readonly priority?: number;
  /** Let it wait until it is released; a text says why. */
  readonly hold?: boolean | string;
  /** RFC 3339: a run that has not begun by then never does. */
  readonly deadline?: string;
}

/** What is to be other than in the run that is repeated. */
export interface RerunChanges {
  /** Secrets again, and values anew, by input id. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly serverParameters?: Readonly<Record<string, unknown>>;
  /** A secret variable again, as `NAME=value`. */
  readonly environment?: readonly string[];
  /** What the image's name means now, in place of the very image. */
  readonly currentImage?: boolean;
}

/** What differs between two runs. */
export interface RunComparison {
  readonly before: { readonly runId: string; readonly state: RunState };
  readonly after: { readonly runId: string; readonly state: RunState };
  /** What they were made from. */
  readonly causes: readonly {
    readonly what: string;
    readonly name?: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** One output each, by path. */
  readonly outputs: readonly {
    readonly path: string;
    readonly result: 'same' | 'different' | 'missing' | 'new';
  }[];
  /** Both completed, left something, and every byte is the same. */
  readonly reproduced: boolean;
}

/** Everything about one run. */
export interface RunRecord {
  readonly runId: string;
  readonly state: RunState;
  /** Number of its newest event. */
  readonly seq: number;
  readonly app: {
    readonly name: string;
    readonly version?: string;
    readonly descriptorSha256: string;
  };
  /** Secrets as asterisks. */
  readonly parameters: readonly {
    readonly inputId: string;
    readonly type: string;
    readonly value: unknown;
    readonly secret: boolean;
  }[];
  /** RFC 3339, UTC, as all times. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt?: string;
  readonly phases: readonly {
    readonly phase: string;
    readonly startedAt: string;
    readonly endedAt?: string;
  }[];
  /** What it was given, once that has been looked at. */
  readonly inputs: readonly RunInput[];
  /** Where those came from that were fetched or sent: known from the beginning. */
  readonly inputOrigins?: readonly PlacedOrigin[];
  readonly progress?: { readonly percent: number; readonly message?: string };
  readonly waiting?: { readonly code: string; readonly message: string; readonly since: string };
  readonly stopCause?: string;
  readonly exit?: { readonly exitCode: number; readonly outOfMemory: boolean };
  readonly outputs: readonly RunOutput[];
  /** The run did not complete: its outputs may be unfinished. */
  readonly outputsPartial: boolean;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Why it failed. */
  readonly failure?: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** A file or folder that a run left. */
export interface RunOutput {
  readonly outputId: string;
  /** Relative to the outputs, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly mediaType: string;
}

/** One file that a run left. */
export type OutputFile = Pick<RunOutput, 'path' | 'sizeBytes' | 'sha256'>;

/** What a list shows of a run. */
export interface RunSummary {
  readonly runId: string;
  readonly state: RunState;
  readonly app: { readonly name: string; readonly version?: string };
  readonly createdAt: string;
  /** When its app began, in the newest attempt. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  readonly failureCode?: string;
  readonly stopCause?: string;
  readonly percent?: number;
  readonly rerunOf?: string;
  readonly attempt?: number;
  /** Code of what it waits for. */
  readonly waiting?: string;
  readonly batch?: string;
  readonly item?: string;
  readonly submitter?: string;
}

export interface RunPage {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** Which runs to list. All conditions must hold. */
export interface RunFilter {
  readonly state?: readonly (RunState | 'active' | 'failed')[];
  readonly app?: string;
  readonly batch?: string;
  readonly submitter?: string;
  /** RFC 3339: asked for at this time or later. */
  readonly since?: string;
  readonly before?: string;
  /** Part of the id, the app or a value. */
  readonly search?: string;
  /** Runs in a page. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** Why a run waits, runs or ended as it did. */
export interface Why {
  readonly runId: string;
  readonly state: RunState;
  /** Stable, for programs. */
  readonly code: string;
  /** For people. */
  readonly sentence: string;
  readonly hint?: string;
  readonly since: string;
}

/** One thing that happened to a run. `type` says what; /openapi.json has the members of each. */
export interface RunEvent {
  readonly type: string;
  readonly runId: string;
  /** From 1, without gaps. */
  readonly seq: number;
  readonly at: string;
  readonly [member: string]: unknown;
}

/** Bytes of one of an app's streams, as it wrote them. */
export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  /** Where they begin in the stream of this attempt. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly at?: string;
}

/** What a follower of a run is given. `id` is a place to go on from. */
export type RunNews = { readonly id: string } & (
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'log'; readonly chunk: LogChunk; readonly attempt: number }
);

/** Some apps, and where the next begin. */
export interface AppPage {
  readonly apps: readonly App[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** One version of an app. */
export interface App {
  readonly name: string;
  readonly version: string;
  readonly createdAt: string;
  readonly dialect: string;
  readonly descriptorSha256: string;
  readonly registeredBy: string;
  /** It may be run. */
  readonly enabled: boolean;
  /** Runs still, but another version should be used: why. */
  readonly deprecated?: string;
  readonly fromImage?: string;
}

/** An app, what it does, takes and gives. */
export interface AppDetails {
  readonly app: App;
  /** As `cyto-run describe --json`. */
  readonly description: object;
  /** JSON Schema (2020-12) of its invocations. */
  readonly invocationSchema: object;
  /** The text of its descriptor. */
  readonly descriptor: string;
}

/** A file that was sent, or is being sent. */
export interface Upload {
  /** A parameter refers to it as `{ upload: id }`. */
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** How many bytes are there. */
  readonly receivedBytes: number;
  /** Hex; absent until all is there. */
  readonly sha256?: string;
  /** What its sender said it will be, until all is there. */
  readonly wantedSha256?: string;
  readonly createdAt: string;
  /** When it goes, unless it is gone on with or used. */
  readonly expiresAt: string;
}

/** What a server is. */
export interface ServiceInfo {
  readonly name: string;
  readonly version: string;
  /** Tells its data folder from all others. */
  readonly dataId: string;
  /** The same as a caller's where the same path is the same file. */
  readonly fileSystem?: string;
  readonly engines: readonly string[];
  /** What a run may be given beside uploads: files of the server, URLs of these hosts. */
  readonly inputs: { readonly paths: boolean; readonly urlHosts: readonly string[] };
  readonly runs: { readonly waiting: number; readonly active: number };
}
