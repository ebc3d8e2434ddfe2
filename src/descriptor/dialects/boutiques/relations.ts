import type { Descriptor, InvocationEntry, InvocationValue } from '../../model.ts';
import { isList, itemTexts } from './bindings.ts';

/** One input that keeps another from having a value, and why. */
export interface Exclusion {
  readonly from: string;
  readonly to: string;
  readonly by:
    | { readonly kind: 'disables' }
    | { readonly kind: 'choice'; readonly choice: string }
    | { readonly kind: 'group'; readonly groupId: string };
}

/** Whether a value counts as given: a Flag that is false is as good as absent. */
export const counts = (value: InvocationValue | undefined): boolean =>
  value !== undefined && value !== false;

/** Entries that count, by input id. */
export const given = (
  invocation: readonly InvocationEntry[],
): ReadonlyMap<string, InvocationEntry> =>
  new Map(invocation.filter(({ value }) => counts(value)).map((entry) => [entry.inputId, entry]));

/** The choices that a value makes, as texts: one, or the items of a list. */
export const choicesOf = (value: InvocationValue): readonly string[] =>
  isList(value) ? [...new Set(itemTexts(value))] : itemTexts(value);

/** Every pair of given inputs of which one keeps the other from being given. */
export function exclusions(
  descriptor: Descriptor,
  entries: ReadonlyMap<string, InvocationEntry>,
): readonly Exclusion[] {
  const found: Exclusion[] = [];
  for (const input of descriptor.inputs) {
    const entry = entries.get(input.id);
    if (entry === undefined) continue;
    const add = (to: string, by: Exclusion['by']): void => {
      if (to !== input.id && entries.has(to)) found.push({ from: input.id, to, by });
    };
    for (const id of input.disablesInputs ?? []) add(id, { kind: 'disables' });
    for (const choice of choicesOf(entry.value))
      for (const id of byChoice(input.valueDisables, choice)) add(id, { kind: 'choice', choice });
    for (const { id: groupId, members, mutuallyExclusive } of descriptor.groups)
      if (mutuallyExclusive && members.includes(input.id))
        for (const id of new Set(members)) add(id, { kind: 'group', groupId });
  }
  return found;
}

/** The ids listed for a choice; a choice may have the name of something every object has. */
export const byChoice = (
  rules: Readonly<Record<string, readonly string[]>> | undefined,
  choice: string,
): readonly string[] =>
  rules !== undefined && Object.hasOwn(rules, choice) ? (rules[choice] ?? []) : [];
