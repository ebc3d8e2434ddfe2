import type { BoutiquesCode } from '../codes.ts';

/** What a part of a document must look like, as data; `checkShape` holds a value against it. */
export type Shape =
  | { readonly kind: 'any' }
  | { readonly kind: 'truth' }
  | TextShape
  | {
      readonly kind: 'number';
      /** The least value allowed. */
      readonly least?: number;
      readonly whole?: boolean;
    }
  | ListShape
  | ObjectShape
  /** A value of any of these kinds; `says` names them for a person. */
  | { readonly kind: 'either'; readonly of: readonly Shape[]; readonly says: string };

export interface TextShape {
  readonly kind: 'text';
  readonly filled?: boolean;
  readonly oneOf?: readonly string[];
  readonly form?: TextForm;
}

/** A form that a text must have, and the finding when it has another. */
export interface TextForm {
  readonly pattern: RegExp;
  readonly code: BoutiquesCode;
  /** The rule, as it ends a sentence: "may hold letters, digits and `_` only". */
  readonly rule: string;
  readonly mend: string;
}

export interface ListShape {
  readonly kind: 'list';
  readonly of: Shape;
  readonly filled?: boolean;
  readonly unique?: boolean;
}

export interface ObjectShape {
  readonly kind: 'object';
  /** What one is called: "an input". */
  readonly noun: string;
  readonly keys: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  /** The shape of keys that are not listed; without it they are refused. */
  readonly others?: Shape;
  /** What no single key shows: keys that need or exclude each other. */
  readonly rules?: readonly ObjectRule[];
}

/** A rule over several keys of an object. */
export interface ObjectRule {
  readonly code: BoutiquesCode;
  /** The key at fault, or undefined when the rule holds. */
  readonly broken: (keys: ReadonlyMap<string, unknown>) => string | undefined;
  /** The sentence about it; `owner` is what the object is called: "the input `a`". */
  readonly says: (fault: RuleFault) => string;
  readonly mend: string;
}

export interface RuleFault {
  readonly key: string;
  readonly keys: ReadonlyMap<string, unknown>;
  readonly owner: string;
}
