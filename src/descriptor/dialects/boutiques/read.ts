import { hasErrors } from '../../diagnostic.ts';
import type { Findings } from '../../findings.ts';
import type { JsonDocument } from '../../json/document.ts';
import { isJsonNumber, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { Descriptor } from '../../model.ts';
import { checkAdvice } from './checks/advice.ts';
import { checkConditions } from './checks/conditions.ts';
import { checkContainer } from './checks/container.ts';
import { checkDefaults } from './checks/defaults.ts';
import { checkDefaultConflicts } from './checks/default-conflicts.ts';
import { checkGroups } from './checks/groups.ts';
import { checkIds } from './checks/ids.ts';
import { checkInputs } from './checks/inputs.ts';
import { checkKeys } from './checks/keys.ts';
import { checkOutputs } from './checks/outputs.ts';
import { checkPathValues } from './checks/path-values.ts';
import { checkRelations } from './checks/relations.ts';
import { checkTemplates } from './checks/templates.ts';
import { checkTestInvocations } from './checks/test-invocations.ts';
import { checkTests } from './checks/tests.ts';
import { readModel, type BoutiquesReading } from './read-model.ts';
import { checkShape } from './structure/check-structure.ts';
import { DESCRIPTOR } from './structure/shapes.ts';

/** The rules beyond the schema, in the order in which they are told. */
const CHECKS: readonly ((reading: BoutiquesReading, findings: Findings) => void)[] = [
  checkIds,
  checkKeys,
  checkInputs,
  checkDefaults,
  checkDefaultConflicts,
  checkRelations,
  checkGroups,
  checkOutputs,
  checkConditions,
  checkPathValues,
  checkTests,
  checkContainer,
  checkTemplates,
  checkAdvice,
];

/**
 * Reads a Boutiques 0.5 descriptor and notes everything that is wrong with it: the structure
 * (schema 0.5) and the rules beyond it, all at once. Never throws.
 * @returns the model, also of a faulty descriptor; undefined for one of an older schema
 */
export function readBoutiques(document: JsonDocument, findings: Findings): Descriptor | undefined {
  const root: JsonObject = isJsonObject(document.root) ? document.root : new Map();
  if (isOlder(root)) {
    findings.add({
      code: 'boutiques.version-older',
      pointer: '/schema-version',
      value: '0.4',
      message: 'The descriptor is of schema 0.4, which writes images and resources differently.',
      mend: 'Upgrade it: set "schema-version" to "0.5", split the `url` of a singularity image into `index` and `image`, take the scheme off a docker `index`, and move `walltime-estimate` into `suggested-resources`.',
    });
    return undefined;
  }
  checkShape(root, DESCRIPTOR, { pointer: '', owner: '' }, findings);
  const reading = readModel(root);
  for (const check of CHECKS) check(reading, findings);
  // Values are judged by inputs: while those are at fault it is not the test's.
  if (!hasErrors(findings.diagnostics)) checkTestInvocations(reading, findings);
  return reading.descriptor;
}

function isOlder(root: JsonObject): boolean {
  const version = root.get('schema-version');
  return version === '0.4' || (isJsonNumber(version) && version.text === '0.4');
}
