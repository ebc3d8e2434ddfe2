import type { JsonValue } from '../json/value.ts';

/** A value before it has a type: texts from a command line, or a value from an invocation file. */
export type RawValue =
  | { readonly kind: 'text'; readonly texts: readonly string[] }
  | { readonly kind: 'json'; readonly value: JsonValue };

/** Values by input id. */
export type RawValues = Readonly<Record<string, RawValue>>;
