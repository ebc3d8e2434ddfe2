import type { RunState } from '../../runner/index.ts';

/** Something wrong in a data folder. */
export interface Flaw {
  readonly kind: FlawKind;
  /** The run, webhook message, or path it is about. */
  readonly subject: string;
  /** What is wrong, as a clause. */
  readonly problem: string;
  /** What a repair does about it, as a clause; absent: nothing can be done from what is here. */
  readonly remedy?: string;
}

export type FlawKind = 'database' | 'record' | 'folder' | 'files' | 'webhook';

/** What a backup holds. */
export interface BackupReport {
  readonly path: string;
  readonly runs: number;
  readonly bytes: number;
  /** Runs that were removed while they were being copied: their files are not in it. */
  readonly withoutFiles: readonly string[];
}

/** Care for a data folder as a whole; a server may run on it meanwhile. */
export interface Upkeep {
  /**
   * Copies the data folder into a new one, or only the database when the path ends in `.db`: the state
   * of one moment, with the files of every run it knows. Complete when this resolves, and not there at
   * all before. Throws `usage` when something is at the path, `disk-full`, `store-unusable`.
   */
  backup(path: string, signal: AbortSignal): Promise<BackupReport>;
  /** Writes something of no meaning: throws what any writing would now. */
  touch(): void;
  /** How many runs there are in each state. */
  runCounts(): Readonly<Partial<Record<RunState, number>>>;
  /** Everything that is wrong. Changes nothing. */
  flaws(): Iterable<Flaw>;
  /** Does what a flaw's remedy says. Whether it did. */
  repair(flaw: Flaw): Promise<boolean>;
}
