import { compareNumbers } from '../../json/value.ts';
import type { DescriptorInput, NumberValue } from '../../model.ts';
import { numberText } from './number-text.ts';

/** The rule that a number breaks, as it ends a sentence: "at least 3"; undefined when it breaks none. */
export function outOfRange(input: DescriptorInput, number: NumberValue): string | undefined {
  const { minimum, maximum } = input;
  if (input.integer === true && !isWhole(number)) return 'a whole number, written without a point';
  if (minimum !== undefined) {
    if (input.exclusiveMinimum === true && compareNumbers(number, minimum) <= 0)
      return `more than ${numberText(minimum)}`;
    if (compareNumbers(number, minimum) < 0) return `at least ${numberText(minimum)}`;
  }
  if (maximum !== undefined) {
    if (input.exclusiveMaximum === true && compareNumbers(number, maximum) >= 0)
      return `less than ${numberText(maximum)}`;
    if (compareNumbers(number, maximum) > 0) return `at most ${numberText(maximum)}`;
  }
  return undefined;
}

/** `3.0` is no integer to Boutiques: the app would be given the text `3.0`. */
const isWhole = (number: NumberValue): boolean => /^-?\d+$/.test(number.text);
