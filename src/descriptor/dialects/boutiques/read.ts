import type { Findings } from '../../findings.ts';
import type { JsonDocument } from '../../json/document.ts';
import { isJsonObject, KIND_NAMES, kindOf } from '../../json/value.ts';
import type { Descriptor } from '../../model.ts';
import { readModel } from './read-model.ts';

/**
 * Reads a Boutiques 0.5 descriptor and notes everything that is wrong with it (schema 0.5 and the
 * rules beyond it). Never throws.
 * @returns the model, also of a faulty descriptor; undefined when there is nothing to make one of
 */
export function readBoutiques(document: JsonDocument, findings: Findings): Descriptor | undefined {
  if (!isJsonObject(document.root)) {
    findings.add({
      code: 'boutiques.not-an-object',
      pointer: '',
      message: `A descriptor is an object in braces; this is ${KIND_NAMES[kindOf(document.root)]}.`,
      mend: 'Put the keys of the descriptor between { and }.',
    });
    return undefined;
  }
  const { descriptor } = readModel(document.root);
  return descriptor;
}
