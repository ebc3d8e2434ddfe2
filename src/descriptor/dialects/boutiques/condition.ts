import { LIMITS } from '../../../base/limits.ts';
import {
  ConditionError,
  syntax,
  type Comparison,
  type ConditionNames,
  type ConditionProblem,
  type ConditionType,
  type Expression,
} from './condition-model.ts';
import { readTokens, type Token } from './condition-tokens.ts';

/**
 * Reads a condition: comparisons of ids with texts, numbers, `True` and `False`, joined by `and`,
 * `or`, `not` and parentheses, with the precedence Python gives them. Nothing is ever evaluated as
 * code. Never throws: a condition that cannot be read comes back as the problem with it.
 */
export function parseCondition(
  text: string,
  names: ConditionNames,
): { readonly expression: Expression } | { readonly problem: ConditionProblem } {
  try {
    return { expression: new ConditionReader(readTokens(text, names), text.length).whole() };
  } catch (error) {
    if (error instanceof ConditionError) return { problem: error.problem };
    throw error;
  }
}

class ConditionReader {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  whole(): Expression {
    const expression = this.#or();
    const rest = this.#peek();
    if (rest !== undefined) throw syntax(rest.offset, `"${rest.text}" does not belong there`);
    return asTruth(expression, 0);
  }

  #or(): Expression {
    return this.#joined('or', () => this.#joined('and', () => this.#not()));
  }

  #joined(word: 'and' | 'or', operand: () => Expression): Expression {
    const start = this.#offset();
    const first = operand();
    if (!this.#takes(word)) return first;
    const operands = [asTruth(first, start)];
    do {
      const offset = this.#offset();
      operands.push(asTruth(operand(), offset));
    } while (this.#takes(word));
    return { kind: word, type: 'flag', operands };
  }

  #not(): Expression {
    if (!this.#takes('not')) return this.#comparison();
    this.#deeper();
    const offset = this.#offset();
    const operand = asTruth(this.#not(), offset);
    this.#depth -= 1;
    return { kind: 'not', type: 'flag', operand };
  }

  #comparison(): Expression {
    let left = this.#operand();
    const links: Comparison[] = [];
    for (let token = this.#peek(); token?.kind === 'operator'; token = this.#peek()) {
      this.#at += 1;
      const right = this.#operand();
      if (left.type !== right.type)
        throw new ConditionError({
          kind: 'type',
          offset: token.offset,
          message: `"${token.text}" compares ${TYPE_WORDS[left.type]} with ${TYPE_WORDS[right.type]}`,
        });
      links.push({ left, operator: token.operator, right });
      left = right;
    }
    return links.length === 0 ? left : { kind: 'compare', type: 'flag', links };
  }

  #operand(): Expression {
    const token = this.#peek();
    if (token === undefined) throw syntax(this.#end, 'it ends where a value is expected');
    if (token.kind === 'operand') {
      this.#at += 1;
      return token.expression;
    }
    if (!this.#takes('('))
      throw syntax(token.offset, `"${token.text}" stands where a value is expected`);
    this.#deeper();
    const inner = this.#or();
    if (!this.#takes(')')) throw syntax(token.offset, 'a parenthesis is not closed');
    this.#depth -= 1;
    return inner;
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > LIMITS.conditionDepthMax)
      throw syntax(this.#offset(), `it is nested deeper than ${LIMITS.conditionDepthMax} levels`);
  }

  #takes(word: string): boolean {
    const token = this.#peek();
    if (token?.kind !== 'word' || token.text !== word) return false;
    this.#at += 1;
    return true;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #offset(): number {
    return this.#peek()?.offset ?? this.#end;
  }
}

const TYPE_WORDS: Record<ConditionType, string> = {
  text: 'a text',
  number: 'a number',
  flag: 'true or false',
};

/** A text or a number written out is no condition: it would always hold. */
function asTruth(expression: Expression, offset: number): Expression {
  if (expression.kind === 'literal' && expression.type !== 'flag')
    throw new ConditionError({
      kind: 'type',
      offset,
      message: `${TYPE_WORDS[expression.type]} stands where true or false is expected`,
    });
  return expression;
}
