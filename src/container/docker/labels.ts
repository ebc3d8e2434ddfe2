import type { ContainerSpec } from '../engine.ts';

/** Everything we start carries these, so that a process that never met it can tell whose it is. */
export const LABELS = {
  owner: 'io.cyto-run.owner',
  run: 'io.cyto-run.run',
  attempt: 'io.cyto-run.attempt',
} as const;

/** The labels of one container. */
export const labelsOf = (spec: ContainerSpec): Record<string, string> => ({
  [LABELS.owner]: spec.ownerLabel,
  [LABELS.run]: spec.runId,
  [LABELS.attempt]: String(spec.attempt),
});
