import type { BatchReport, BatchSummary } from '../../report/index.ts';
import type { RunRecord, RunState } from '../../runner/index.ts';
import type { DescriptorFile, RunFlags } from '../../site/index.ts';
import type { GivenItems } from '../../site/batch/index.ts';
import type { CommandArguments } from '../commands.ts';
import type { BatchDisplay } from './display.ts';
import type { ItemSource } from './given-items.ts';

/** A new batch as it is asked for; its items are not checked yet. */
export interface AskedBatch {
  readonly file: DescriptorFile;
  readonly flags: RunFlags;
  /** Shared values given by flags of the descriptor's own names. */
  readonly named: Readonly<Record<string, readonly string[]>>;
  readonly given: GivenItems;
  readonly source: ItemSource;
  /** Items at a time; undefined: as many as fit. */
  readonly jobs: number | undefined;
}

/** One whose every item can be run. Nothing of it is written down anywhere. */
export interface CheckedBatch {
  readonly items: readonly {
    readonly item: string;
    readonly index: number;
    readonly parameters: RunRecord['parameters'];
    readonly folders: RunRecord['folders'];
  }[];
  begin(): Promise<BegunBatch>;
}

/** One that is written down, and has something to be run. */
export interface BegunBatch {
  readonly batchId: string;
  /** Its runs that have not ended. */
  readonly states: ReadonlyMap<string, RunState>;
  /** Sees to its end, while a person or a program looks on. Resolves to whether it was interrupted. */
  watch(display: BatchDisplay): Promise<boolean>;
}

export interface ListedBatch {
  readonly batchId: string;
  readonly createdAt: string;
  readonly app: { readonly name: string; readonly version?: string };
  readonly summary: BatchSummary;
}

/** The batches that the command is about: those of this machine's data folder, or those of a server. */
export interface BatchesPort extends Disposable {
  /** What is typed behind a further command about the same batches: ` --server URL`, or nothing. */
  readonly flag: string;
  /** What further is typed behind one that goes on with a batch: ` --out DIR`, where who asked knows alone where to. */
  readonly outFlag: string;
  /** Throws with the faults of all items, each with its place. */
  check(asked: AskedBatch): Promise<CheckedBatch>;
  /**
   * A batch that is there, with what of it has not ended; with `retry` each item that failed or was
   * canceled gets a new run. Throws `run-not-found`.
   */
  goOn(batch: string, retry: boolean, args: CommandArguments): Promise<BegunBatch>;
  report(batch: string): Promise<BatchReport>;
  /** Newest first. */
  list(limit: number): Promise<readonly ListedBatch[]>;
}
