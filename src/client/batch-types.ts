import type {
  FolderReference,
  RerunChanges,
  RunOutput,
  RunRecord,
  RunState,
  Submission,
} from './types.ts';

/** One app over many items: what is shared, and what each has itself. */
export interface BatchSubmission extends Omit<Submission, 'folders'> {
  /** Folder of the server in which each item gets a folder of its own. */
  readonly folders?: { readonly out?: string };
  /** Items of it that run at a time; as many as fit unless told. */
  readonly atOnce?: number;
  readonly items: readonly {
    /** Unique in the batch. */
    readonly name?: string;
    /** Its own values; they replace shared ones. */
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly folders?: { readonly in?: FolderReference; readonly gt?: FolderReference };
  }[];
}

/** What is to be other when what failed of a batch is run again. */
export interface BatchRetry
  extends RerunChanges, Pick<Submission, 'priority' | 'hold' | 'deadline'> {
  /** Limits in place of those that were too small. */
  readonly options?: Readonly<Partial<Record<'memory' | 'cpus' | 'timeout', string | number>>>;
  readonly atOnce?: number;
}

/** A batch, and how its items stand. */
export interface Batch {
  readonly batchId: string;
  readonly createdAt: string;
  readonly app: { readonly name: string; readonly version?: string };
  /** How many there are. */
  readonly items: number;
  readonly submitter?: string;
  /** Folder of the server. */
  readonly outFolder?: string;
  readonly summary: BatchSummary;
}

/** How many items are in which condition. */
export interface BatchSummary {
  readonly complete: number;
  readonly failed: number;
  readonly canceled: number;
  readonly active: number;
  readonly queued: number;
}

export interface BatchPage {
  /** Newest first. */
  readonly batches: readonly Batch[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** Which batches to list. */
export interface BatchFilter {
  readonly submitter?: string;
  readonly app?: string;
  /** Those of which an item has not ended, or has failed or was canceled. */
  readonly state?: 'active' | 'failed';
  /** Batches in a page. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** One item of a batch, as its newest run has it. */
export interface BatchItem {
  /** Its name, unique in the batch. */
  readonly item: string;
  /** From 0. */
  readonly index: number;
  readonly runId: string;
  readonly state: RunState;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  readonly failure?: RunRecord['failure'];
  readonly failureCode?: string;
  /** Code of what it waits for. */
  readonly waiting?: string;
}

/** What a follower of a batch is given. `id` is a place to go on from. */
export type BatchNews = { readonly id: string } & (
  | {
      /** An item came to a state; what it left when that is its last. */
      readonly kind: 'item';
      readonly item: Pick<
        BatchItem,
        'item' | 'index' | 'runId' | 'state' | 'exitCode' | 'failure'
      > & {
        readonly at: string;
        readonly outputs?: readonly RunOutput[];
      };
    }
  /** All have ended. */
  | { readonly kind: 'summary'; readonly summary: BatchSummary }
);
