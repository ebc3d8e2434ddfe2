import type { ContainerSpec } from '../engine.ts';
import { schedulerOptions, type SlurmOptions } from './options.ts';

/**
 * Which jobs go together as one array: those that ask the scheduler for the same, in their order, at
 * most `tasksMax` each. Pure.
 */
export function arrayGroups(
  specs: readonly ContainerSpec[],
  options: Pick<SlurmOptions, 'defaultOptions'>,
  tasksMax: number,
): readonly (readonly ContainerSpec[])[] {
  const alike = Map.groupBy(specs, (spec) =>
    JSON.stringify([schedulerOptions(spec, options), spec.scheduling?.excludedNodes ?? []]),
  );
  return [...alike.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / tasksMax) }, (_, at) =>
      group.slice(at * tasksMax, (at + 1) * tasksMax),
    ),
  );
}
