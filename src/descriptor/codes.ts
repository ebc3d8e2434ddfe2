import type { Strength } from './diagnostic.ts';

/** What a diagnostic code means, in one line, and how much it matters. */
export interface CodeMeaning {
  readonly strength: Strength;
  readonly meaning: string;
}

export type CodeTable = Readonly<Record<string, CodeMeaning>>;
