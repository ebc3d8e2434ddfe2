/** One thing that can be set: where it can be set, what it may be, and what holds when it is not. */
export interface Setting<Value> {
  readonly variable?: string;
  readonly flag?: string;
  /** The words it may be, for completion. */
  readonly choices?: readonly string[];
  /** Several words; a list of them in a file. */
  readonly isList?: true;
  /** A path, relative to the file that gives it. */
  readonly isPath?: true;
  /** A running server goes by what it was at its start, whatever is read later. */
  readonly atStart?: true;
  /** From text, wherever it stood. Throws `usage` with the rule and a hint. */
  readonly parse: (text: string) => Value;
  /** What holds when nobody sets it. */
  readonly initial: Value;
  /** How `initial` is shown, where the value does not say it. */
  readonly initialText?: string;
}

export const setting = <Value>(definition: Setting<Value>): Setting<Value> => definition;
/** A setting that may stay without a value; what holds then is told by `initialText`. */
export const optional = <Value>(
  definition: Omit<Setting<Value>, 'initial'> & { readonly initialText: string },
): Setting<Value | undefined> => ({ ...definition, initial: undefined });
