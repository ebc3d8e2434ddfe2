import type { Fields } from '../../fields.ts';
import type { Findings } from '../../findings.ts';
export function checkDescriptor(_i: Fields, _f: Findings): void {
  return;
}
export function checkImage(_i: Fields, _m: Fields | undefined, _f: Findings): void {
  return;
}
