/** Where a value was written. */
export type Source =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly path: string; readonly line: number; readonly column: number }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string };

/** As a person writes it: `/a/cyto-run.yaml:3`, `CYTO_RUN_MEMORY`, `--memory`, `default`. */
export function sourceText(source: Source): string {
  switch (source.kind) {
    case 'default':
      return 'default';
    case 'file':
      return `${source.path}:${source.line}`;
    case 'variable':
      return source.name;
    case 'flag':
      return `--${source.name}`;
    default:
      return source satisfies never;
  }
}

/** One value as it stood somewhere, unchecked. */
export interface RawEntry {
  /** A key of a configuration file, dotted: `limits.memory`, `environment.OMP_NUM_THREADS`. */
  readonly key: string;
  /** Numbers keep the text they were written with. */
  readonly value: string | readonly string[];
  readonly source: Source;
  /** What relative paths are relative to. */
  readonly folder: string;
}

/** Something wrong with a configuration; all of them are told at once. */
export interface ConfigurationFault {
  readonly source: Source;
  readonly key?: string;
  readonly value?: string;
  /** What is wrong, as a clause. */
  readonly problem: string;
  readonly hint?: string;
  /** A name that was not known, for finding the nearest. */
  readonly unknown?: string;
  /** What the value could have been, for finding the nearest. */
  readonly choices?: readonly string[];
}
