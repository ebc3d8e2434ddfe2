import type { Findings } from '../../../findings.ts';
import { nearestName } from '../../../nearest.ts';
import { parseCondition } from '../condition.ts';
import { conditionNames } from '../condition-names.ts';
import type { ConditionNames, ConditionProblem } from '../condition-model.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { below } from './place.ts';

const CODE_OF: Record<ConditionProblem['kind'], string> = {
  syntax: 'boutiques.condition-syntax',
  'unknown-name': 'boutiques.condition-name',
  type: 'boutiques.condition-type',
};

const MEND_OF: Record<ConditionProblem['kind'], string> = {
  syntax:
    'A condition compares ids with texts in quotes, numbers, True or False by == != < <= > >=, and joins comparisons by `and`, `or`, `not` and parentheses.',
  'unknown-name': 'Name an input or an output-file by its id; put a text in quotes.',
  type: 'Compare a String or File with a text in quotes, a Number with a number, and use a Flag by itself.',
};

/** The conditions of conditional-path-templates: readable, with known names, like compared with like. */
export function checkConditions(reading: BoutiquesReading, findings: Findings): void {
  const names = conditionNames(reading.descriptor);
  for (const { part, pointer } of reading.outputFiles) {
    part.conditionalPathTemplate?.forEach(({ condition }, index) => {
      if (condition === 'default') return;
      checkCondition(
        condition,
        names,
        below(pointer, 'conditional-path-template', index),
        findings,
      );
    });
  }
}

function checkCondition(
  condition: string,
  names: ConditionNames,
  pointer: string,
  findings: Findings,
): void {
  const parsed = parseCondition(condition, names);
  if ('problem' in parsed) {
    const { kind, message, word, offset } = parsed.problem;
    findings.add({
      code: CODE_OF[kind],
      pointer: below(pointer, condition),
      at: 'key',
      value: word ?? condition,
      message: `The condition \`${condition}\` cannot be read: at character ${offset + 1}, ${message}.`,
      nearest: word === undefined ? undefined : nearestName(word, [...names.typeOf.keys()]),
      mend: MEND_OF[kind],
    });
    return;
  }
  const trap = portabilityTrap(condition, names);
  if (trap !== undefined)
    findings.add({
      code: 'boutiques.condition-not-portable',
      pointer: below(pointer, condition),
      at: 'key',
      value: condition,
      message: `The condition \`${condition}\` is understood here, but ${trap}.`,
      mend: 'Put a space on both sides of each operator, parentheses around each comparison beside `and` or `or`, and name inputs by id.',
    });
}

/** What Boutiques' own tool does with a form that is understood here. */
function portabilityTrap(condition: string, names: ConditionNames): string | undefined {
  const bare = condition.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  if (/[<>](?![= ])/.test(bare))
    return 'bosh drops the character behind a `<` or `>` without a space, and so compares with another number';
  if ([...names.idOfKey.keys()].some((key) => !names.typeOf.has(key) && bare.includes(key)))
    return 'bosh knows ids only, not value-keys';
  if (/(?:^|[\s(])not[\s(]/.test(bare)) return 'bosh refuses `not`';
  if (hasBareComparison(bare))
    return 'bosh wants parentheses around a comparison beside `and` or `or`';
  return undefined;
}

/** A comparison beside `and` or `or` at one level of parentheses. */
function hasBareComparison(condition: string): boolean {
  let flat = condition;
  for (let before = ''; before !== flat;) {
    before = flat;
    if (isMixed(flat.replaceAll(/\([^()]*\)/g, 'x'))) return true;
    const inner = flat.match(/\([^()]*\)/g) ?? [];
    if (inner.some(isMixed)) return true;
    flat = flat.replaceAll(/\([^()]*\)/g, 'x');
  }
  return false;
}

const isMixed = (flat: string): boolean =>
  /(?:^|\s)(?:and|or)(?:\s|$)/.test(flat) && /==|!=|<|>/.test(flat);
