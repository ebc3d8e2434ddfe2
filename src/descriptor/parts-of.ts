/** Above this many characters it costs less to look for every other text than to cut out every piece. */
const PIECES_CHARS_MAX = 200;

/**
 * Which texts are part of others: each text that holds others, with those, in the order given.
 * The work grows with the characters of the texts, not with the square of their number.
 * @param texts any texts; the empty one is part of none
 */
export function partsOf(texts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const known = [...new Set(texts)].filter((text) => text !== '');
  const rank = new Map(known.map((text, index) => [text, index]));
  const lengths = [...new Set(known.map((text) => text.length))];
  const parts = new Map<string, readonly string[]>();
  for (const text of known) {
    const found =
      text.length > PIECES_CHARS_MAX
        ? known.filter((other) => other !== text && text.includes(other))
        : piecesOf(text, lengths).filter((piece) => rank.has(piece));
    if (found.length === 0) continue;
    const inOrder = [...new Set(found)].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
    parts.set(text, inOrder);
  }
  return parts;
}

/** Every piece of a text that is shorter than it and has one of these lengths. */
const piecesOf = (text: string, lengths: readonly number[]): string[] =>
  lengths
    .filter((length) => length < text.length)
    .flatMap((length) =>
      Array.from({ length: text.length - length + 1 }, (_, at) => text.slice(at, at + length)),
    );
