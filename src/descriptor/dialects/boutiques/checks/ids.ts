import type { Findings } from '../../../findings.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { below } from './place.ts';

/** Ids: unique over inputs, output-files and groups together; a comma is let in by accident. */
export function checkIds(reading: BoutiquesReading, findings: Findings): void {
  const owners = [
    ...reading.inputs.map((placed) => ({ ...placed, noun: 'input' })),
    ...reading.outputFiles.map((placed) => ({ ...placed, noun: 'output-file' })),
    ...reading.groups.map((placed) => ({ ...placed, noun: 'group' })),
  ];
  const firstOf = new Map<string, string>();
  for (const { part, pointer, noun } of owners) {
    const at = below(pointer, 'id');
    const first = firstOf.get(part.id);
    if (first === undefined) firstOf.set(part.id, noun);
    else
      findings.add({
        code: 'boutiques.id-repeated',
        pointer: at,
        value: part.id,
        message: `The id \`${part.id}\` of this ${noun} is already that of ${first === noun ? 'another' : 'an'} ${first}; ids are unique over inputs, output-files and groups together.`,
        mend: 'Give it an id of its own.',
      });
    if (part.id.includes(','))
      findings.add({
        code: 'boutiques.id-comma',
        pointer: at,
        value: part.id,
        message: `The id \`${part.id}\` has a comma, which schema 0.5 lets in by mistake.`,
        mend: 'Write `_` instead: queries and conditions split at commas.',
      });
  }
}
