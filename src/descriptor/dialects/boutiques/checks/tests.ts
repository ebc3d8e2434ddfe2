import type { Findings } from '../../../findings.ts';
import { isJsonObject } from '../../../json/value.ts';
import { nearestName } from '../../../nearest.ts';
import { itemsOf, objectAt, textOf } from '../json-fields.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { below } from './place.ts';

/** The descriptor's own tests: names of their own, assertions about outputs that exist. */
export function checkTests(reading: BoutiquesReading, findings: Findings): void {
  const outputIds = reading.descriptor.outputFiles.map(({ id }) => id);
  const names = new Set<string>();
  for (const { part, json, pointer } of reading.tests) {
    if (names.has(part.name))
      findings.add({
        code: 'boutiques.test-name-repeated',
        pointer: below(pointer, 'name'),
        value: part.name,
        message: `Two tests are called \`${part.name}\`.`,
        mend: 'Give each a name of its own, so that a report can be read.',
      });
    names.add(part.name);
    const asserted = objectAt(json, 'assertions');
    const seen = new Set<string>();
    itemsOf(asserted ?? new Map(), 'output-files').forEach((item, index) => {
      const id = isJsonObject(item) ? textOf(item, 'id') : undefined;
      if (id === undefined) return;
      const place = below(pointer, 'assertions', 'output-files', index, 'id');
      if (!outputIds.includes(id))
        findings.add({
          code: 'boutiques.test-output-unknown',
          pointer: place,
          value: id,
          message: `The test \`${part.name}\` asserts something about \`${id}\`, which is no output-file.`,
          nearest: nearestName(id, outputIds),
          mend: 'Name an output-file by its id.',
        });
      if (seen.has(id))
        findings.add({
          code: 'boutiques.test-output-repeated',
          pointer: place,
          value: id,
          message: `The test \`${part.name}\` names the output \`${id}\` twice.`,
          mend: 'Put all that is asserted about it into one item.',
        });
      seen.add(id);
    });
  }
}
