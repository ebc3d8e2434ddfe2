import type { NumberValue } from '../../model.ts';

/** What a part of a condition is: only like can be compared with like. */
export type ConditionType = 'text' | 'number' | 'flag';

/** A condition of a `conditional-path-template`, read. */
export type Expression =
  | { readonly kind: 'literal'; readonly type: 'text'; readonly value: string }
  | { readonly kind: 'literal'; readonly type: 'number'; readonly value: NumberValue }
  | { readonly kind: 'literal'; readonly type: 'flag'; readonly value: boolean }
  | { readonly kind: 'name'; readonly type: ConditionType; readonly id: string }
  | { readonly kind: 'not'; readonly type: 'flag'; readonly operand: Expression }
  | {
      readonly kind: 'and' | 'or';
      readonly type: 'flag';
      readonly operands: readonly Expression[];
    }
  | { readonly kind: 'compare'; readonly type: 'flag'; readonly links: readonly Comparison[] };

/** One link of a comparison; `1 < n < 3` has two. */
export interface Comparison {
  readonly left: Expression;
  readonly operator: ComparisonOperator;
  readonly right: Expression;
}

export const COMPARISON_OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;
export type ComparisonOperator = (typeof COMPARISON_OPERATORS)[number];

/** Why a condition cannot be read. */
export interface ConditionProblem {
  readonly kind: 'syntax' | 'unknown-name' | 'type';
  /** Where in the condition, from 0. */
  readonly offset: number;
  /** As a sentence's end: "…". */
  readonly message: string;
  /** The word that is no name, of an `unknown-name`. */
  readonly word?: string;
}

/** What a condition may name: ids, and value-keys as another way to write them. */
export interface ConditionNames {
  readonly typeOf: ReadonlyMap<string, ConditionType>;
  readonly idOfKey: ReadonlyMap<string, string>;
}

/** Only inside the reader; it never leaves `parseCondition`. */
export class ConditionError extends Error {
  readonly problem: ConditionProblem;
  constructor(problem: ConditionProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

export const syntax = (offset: number, message: string): ConditionError =>
  new ConditionError({ kind: 'syntax', offset, message });
