/** One thing that was tried. `weak`: works with a limitation; `absent`: not there and not needed. */
export interface Check {
  readonly name: string;
  readonly result: 'works' | 'weak' | 'absent' | 'fails';
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}
