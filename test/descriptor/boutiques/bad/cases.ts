import type { BadCase } from './builders.ts';
import { INPUT_CASES } from './input-cases.ts';
import { STRUCTURE_CASES } from './structure-cases.ts';
import { VALUE_CASES } from './value-cases.ts';
import { WHOLE_CASES } from './whole-cases.ts';

/** Everything that can be wrong, in the order of the golden page. */
export const BAD_CASES: readonly BadCase[] = [
  ...STRUCTURE_CASES,
  ...INPUT_CASES,
  ...WHOLE_CASES,
  ...VALUE_CASES,
];
