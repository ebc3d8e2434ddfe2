import { RunnerError } from '../base/errors.ts';

/** The text of an argument that may be absent. Throws `usage` when it was given more than once. */
export function optionalText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value))
    throw new RunnerError('usage', 'a flag that takes one value was given more than once', {
      hint: `Values: ${value.map(String).join(', ')}.`,
    });
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** All texts of an argument that can be repeated. */
export const texts = (value: unknown): readonly string[] =>
  value === undefined ? [] : [value].flat().map(String);
