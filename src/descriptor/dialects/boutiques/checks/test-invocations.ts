import type { Findings } from '../../../findings.ts';
import { parseInvocation } from '../../../invocation/parse.ts';
import type { RawValue } from '../../../invocation/raw.ts';
import { stepsOf } from '../../../json/pointer.ts';
import { objectAt } from '../json-fields.ts';
import type { BoutiquesReading } from '../read-model.ts';
import { below } from './place.ts';

/** The values of the descriptor's own tests: the app runs all the same, but such a test never can. */
export function checkTestInvocations(
  { descriptor, tests }: BoutiquesReading,
  findings: Findings,
): void {
  for (const { part, json, pointer } of tests) {
    const given = objectAt(json, 'invocation');
    if (given === undefined) continue;
    const user = Object.fromEntries(
      [...given].map(([id, value]): [string, RawValue] => [id, { kind: 'json', value }]),
    );
    for (const { strength, ...fault } of parseInvocation(descriptor, { user }).diagnostics) {
      if (strength !== 'error') continue;
      const [id = '', ...steps] = stepsOf(fault.pointer);
      findings.add({
        code: 'boutiques.test-invocation',
        pointer: given.has(id)
          ? below(pointer, 'invocation', id, ...steps)
          : below(pointer, 'invocation'),
        ...(fault.code === 'invocation.unknown-input' ? { at: 'key' } : {}),
        ...('value' in fault ? { value: fault.value } : {}),
        message: `The test \`${part.name}\` cannot run: ${startOfClause(fault.message)}`,
        nearest: fault.nearest,
        ...(fault.mend === undefined ? {} : { mend: mendOf(fault.code, fault.mend) }),
      });
    }
  }
}

const mendOf = (code: string, mend: string): string =>
  code === 'invocation.required' ? 'Add a value to the `invocation` of the test.' : mend;

/** A sentence as it goes on after a colon; names keep their letters. */
const startOfClause = (sentence: string): string =>
  sentence.replace(/^(?:An?|The|Item|Neither|No|One|Of|Only) /, (word) => word.toLowerCase());
