import { RunnerError } from '../base/errors.ts';

/** What `--to` or `--priority` gives, a whole number from -100 to 100. Throws `usage`. */
export function priorityArgument(text: string | undefined, flag: '--to' | '--priority'): number {
  const value = /^[+-]?\d{1,3}$/.test(text?.trim() ?? '') ? Number(text) : NaN;
  if (Math.abs(value) <= 100) return value;
  throw new RunnerError(
    'usage',
    text === undefined
      ? 'which priority?'
      : `${JSON.stringify(text)} is not a whole number from -100 to 100`,
    { hint: `Give ${flag} 10 to begin earlier, ${flag}=-10 to begin later; 0 is usual.` },
  );
}
