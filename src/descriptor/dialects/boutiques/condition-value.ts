import type { InvocationValue, NumberValue } from '../../model.ts';
import { itemTexts, isList } from './bindings.ts';
import type { Comparison, ComparisonOperator, Expression } from './condition-model.ts';

/** What an id stands for in this invocation; absent when it has no value. */
export type ValueOf = (id: string) => InvocationValue | undefined;

/**
 * Whether a condition holds. A comparison with an id that has no value does not hold, whichever way
 * it compares; a Flag that is not given is false.
 */
export function holds(expression: Expression, valueOf: ValueOf): boolean {
  switch (expression.kind) {
    case 'literal':
    case 'name':
      return isTrue(valueOfOperand(expression, valueOf));
    case 'not':
      return !holds(expression.operand, valueOf);
    case 'and':
      return expression.operands.every((operand) => holds(operand, valueOf));
    case 'or':
      return expression.operands.some((operand) => holds(operand, valueOf));
    case 'compare':
      return expression.links.every((link) => compares(link, valueOf));
    default:
      return expression satisfies never;
  }
}

function valueOfOperand(expression: Expression, valueOf: ValueOf): InvocationValue | undefined {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind !== 'name') return holds(expression, valueOf);
  return valueOf(expression.id) ?? (expression.type === 'flag' ? false : undefined);
}

/** As Python sees it: an empty text, an empty list and zero are false. */
function isTrue(value: InvocationValue | undefined): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  if (typeof value === 'string') return value !== '';
  return isList(value) ? value.length > 0 : value.value !== 0;
}

function compares({ left, operator, right }: Comparison, valueOf: ValueOf): boolean {
  const a = valueOfOperand(left, valueOf);
  const b = valueOfOperand(right, valueOf);
  if (a === undefined || b === undefined) return false;
  return HOLDS[operator](orderOf(single(a), single(b)));
}

const HOLDS: Record<ComparisonOperator, (order: number) => boolean> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

type Single = string | boolean | NumberValue;

/** A list of one item is compared as that item, a longer one as its items with spaces between. */
function single(value: InvocationValue): Single {
  if (!isList(value)) return value;
  return (value.length === 1 ? value[0] : undefined) ?? itemTexts(value).join(' ');
}

/** Below zero, zero, above zero; NaN where the two cannot be ordered, so that nothing but `!=` holds. */
function orderOf(a: Single, b: Single): number {
  if (typeof a === 'object' && typeof b === 'object') return orderOfNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : a < b ? -1 : 1;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return Number.NaN;
}

/** Integers by all their digits: ids are longer than what a JavaScript number holds. */
function orderOfNumbers(a: NumberValue, b: NumberValue): number {
  const INTEGER = /^-?\d+$/;
  if (!INTEGER.test(a.text) || !INTEGER.test(b.text)) return a.value - b.value;
  const [x, y] = [BigInt(a.text), BigInt(b.text)];
  return x === y ? 0 : x < y ? -1 : 1;
}
