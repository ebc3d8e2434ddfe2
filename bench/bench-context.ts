import type { Argv } from './command.ts';

/** What every row gets. */
export interface BenchContext {
  /** The command line as it is published: compiled, without its source. */
  readonly cytoRun: (...args: readonly string[]) => Argv;
  /** The folder of this clone. */
  readonly root: string;
  /** For whatever the rows write; removed at the end. On the disk of the clone. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly isQuick: boolean;
  /** Bound of one comparison. */
  readonly secondsMax: number;
  /** Why no container can be run; undefined where they can. */
  readonly noEngine: string | undefined;
  /** Programs of others, by name; empty without `bench:peers`. */
  readonly peers: { readonly bosh?: string; readonly cwltool?: string; readonly python?: string };
}
