import type { Descriptor, InputType } from '../../model.ts';
import type { ConditionNames, ConditionType } from './condition-model.ts';

/** Files are compared by their path as text; the other types are Cytomine's and do not occur here. */
const CONDITION_TYPE: Record<InputType, ConditionType> = {
  String: 'text',
  File: 'text',
  Date: 'text',
  Domain: 'text',
  ListDomain: 'text',
  Number: 'number',
  Flag: 'flag',
  Boolean: 'flag',
};

/** What a condition of this descriptor may name: its inputs by type, its output-files by path. */
export function conditionNames({
  inputs,
  outputFiles,
}: Pick<Descriptor, 'inputs' | 'outputFiles'>): ConditionNames {
  const typeOf = new Map<string, ConditionType>();
  const idOfKey = new Map<string, string>();
  for (const output of outputFiles) {
    typeOf.set(output.id, 'text');
    if (output.valueKey !== undefined) idOfKey.set(output.valueKey, output.id);
  }
  for (const input of inputs) {
    typeOf.set(input.id, CONDITION_TYPE[input.type]);
    if (input.valueKey !== undefined) idOfKey.set(input.valueKey, input.id);
  }
  return { typeOf, idOfKey };
}
