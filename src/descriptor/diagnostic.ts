/** How much a finding matters: an `error` cannot run; a `warning` runs, but not as its author thinks; a `hint` is style. */
export type Strength = 'error' | 'warning' | 'hint';

/** A place in a text, counted from 1; columns in UTF-16 code units as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One finding about a descriptor or an invocation. */
export interface Diagnostic {
  /** Stable, dotted and kebab-case: `cytomine.placeholder-undeclared`. Listed in docs/diagnostics.md. */
  readonly code: string;
  readonly strength: Strength;
  /** JSON pointer (RFC 6901) into the document; `` is the whole. */
  readonly pointer: string;
  readonly position?: Position;
  /** The value at fault, if it can be shown. Never a secret. */
  readonly value?: unknown;
  /** What is wrong and which rule it breaks, as a sentence. */
  readonly message: string;
  /** The nearest valid name or value, where one is near. */
  readonly nearest?: string;
  /** What to do about it, as a sentence. */
  readonly mend?: string;
}

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((diagnostic) => diagnostic.strength === 'error');
