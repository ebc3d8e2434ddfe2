import type { Findings } from '../../findings.ts';
import type { Descriptor } from '../../model.ts';
import type { CytomineInput } from './read-input.ts';
export function checkCommandLine(_d: Descriptor, _i: readonly CytomineInput[], _f: Findings): void {
  return;
}
