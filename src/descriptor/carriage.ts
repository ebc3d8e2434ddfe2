/** What in a text no command line can carry, and where, in UTF-16 code units from its begin. */
export interface Uncarriable {
  readonly what: 'nul-character' | 'lone-surrogate';
  readonly at: number;
}

/** How a sentence tells each, to follow "holds" and to precede the end of the sentence. */
export const UNCARRIABLE_SAYS: Record<Uncarriable['what'], string> = {
  'nul-character': 'a NUL character, which no command line can carry',
  'lone-surrogate':
    'half of a character (a lone UTF-16 surrogate such as \\ud83d), which cannot be written as UTF-8',
};

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * Finds what stands in the way of giving a text to a program as it is: an argument ends at a NUL
 * (execve(2)), and half of a character becomes another one when it is encoded.
 */
export function uncarriableIn(text: string): Uncarriable | undefined {
  const nul = text.indexOf('\0');
  if (nul >= 0) return { what: 'nul-character', at: nul };
  if (text.isWellFormed()) return undefined;
  return { what: 'lone-surrogate', at: text.search(LONE_SURROGATE) };
}
