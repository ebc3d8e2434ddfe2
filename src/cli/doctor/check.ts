import { messageOf, RunnerError } from '../../base/errors.ts';

/** One thing that was tried. `weak`: works with a limitation; `absent`: not there and not needed. */
export interface Check {
  readonly name: string;
  /** The engine it was tried on, with the cluster where there are several. */
  readonly engine?: string;
  readonly result: 'works' | 'weak' | 'absent' | 'fails';
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** What went wrong when something was tried. */
export function failed(name: string, error: unknown): Check {
  const hint = error instanceof RunnerError ? error.hint : undefined;
  return {
    name,
    result: 'fails',
    detail: messageOf(error),
    ...(hint === undefined ? {} : { hint }),
  };
}
