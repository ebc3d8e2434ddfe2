import type { CrateOptions } from '../../report/index.ts';

/** What a crate is to hold of a run. */
export type CrateWish = Pick<CrateOptions, 'license' | 'inputs'>;

/** A run's crate, before anything of it is written. */
export interface CrateSource {
  /** What it holds, files and folders, by paths below it. */
  readonly targets: readonly string[];
  /** Writes it to an empty folder. Throws `transfer-damaged` for half of one. */
  readonly write: (folder: string) => Promise<void>;
}

/** What every RO-Crate 1.1 calls its metadata. */
export const METADATA = 'ro-crate-metadata.json';
