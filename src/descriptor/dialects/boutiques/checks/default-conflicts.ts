import type { Findings } from '../../../findings.ts';
import type { Invocation } from '../../../model.ts';
import { withoutExcludedDefaults } from '../give-way.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { below } from './place.ts';

/** Defaults that exclude one another: only some of them are ever used. */
export function checkDefaultConflicts(
  { descriptor, inputs }: BoutiquesReading,
  findings: Findings,
): void {
  const defaults: Invocation = descriptor.inputs.flatMap(({ id, defaultValue }) =>
    defaultValue === undefined
      ? []
      : [{ inputId: id, value: defaultValue, source: 'default', secret: false }],
  );
  const kept = new Set(withoutExcludedDefaults(descriptor, defaults).map(({ inputId }) => inputId));
  for (const { part, pointer } of inputs) {
    if (part.defaultValue === undefined || kept.has(part.id)) continue;
    findings.add({
      code: 'boutiques.defaults-conflict',
      pointer: below(pointer, 'default-value'),
      value: part.id,
      message: `The default of \`${part.id}\` is not used when nothing is given: another default, listed before it, excludes it.`,
      mend: 'Keep one of the defaults: bosh refuses every invocation that leaves both in place.',
    });
  }
}
