import type { Descriptor, Invocation } from '../../model.ts';
import { exclusions, given } from './relations.ts';

/**
 * The invocation without those defaults that something else excludes: what was given wins over a
 * default whichever of the two names the other, and of two defaults the one listed first stays.
 * Otherwise an input beside an excluded one with a default could never be used.
 */
export function withoutExcludedDefaults(
  descriptor: Descriptor,
  invocation: Invocation,
): Invocation {
  const entries = given(invocation);
  const position = new Map(descriptor.inputs.map(({ id }, index) => [id, index]));
  const isDefault = (id: string): boolean => entries.get(id)?.source === 'default';
  const isOptional = (id: string): boolean =>
    descriptor.inputs[position.get(id) ?? -1]?.optional === true;
  const dropped = new Set<string>();
  const pairs = exclusions(descriptor, entries);

  const drop = (id: string): void => {
    if (isOptional(id)) dropped.add(id);
  };
  for (const { from, to } of pairs) {
    if (isDefault(to) && !isDefault(from)) drop(to);
    if (isDefault(from) && !isDefault(to)) drop(from);
  }
  const byOrder = pairs
    .filter(({ from, to }) => isDefault(from) && isDefault(to))
    .map(({ from, to }) => [position.get(from) ?? 0, position.get(to) ?? 0] as const)
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
    .sort(([a], [b]) => a - b);
  for (const [first, second] of byOrder) {
    const [keeps, goes] = [descriptor.inputs[first]?.id ?? '', descriptor.inputs[second]?.id ?? ''];
    if (!dropped.has(keeps)) drop(goes);
  }
  return dropped.size === 0
    ? invocation
    : invocation.filter(({ inputId }) => !dropped.has(inputId));
}
