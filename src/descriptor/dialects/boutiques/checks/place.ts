import { pointerOf } from '../../../json/pointer.ts';

/** The pointer of something below a part of the document. */
export const below = (pointer: string, ...steps: readonly (string | number)[]): string =>
  pointer + pointerOf(...steps);

/** `a`, `b` and `c` for a sentence. */
export function enumerated(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2
    ? quoted.join('')
    : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1) ?? ''}`;
}
