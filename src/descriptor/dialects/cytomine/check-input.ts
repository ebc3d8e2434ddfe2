import type { Findings } from '../../findings.ts';
import type { CytomineInput } from './read-input.ts';
export function checkInput(_i: CytomineInput, _f: Findings): void {
  return;
}
