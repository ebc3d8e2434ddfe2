/**
 * The candidate a person most likely meant, by edit distance (case ignored), or none when all are
 * further away than a slip of the pen: a third of the name, and never more than 3 edits.
 * @param name what was written
 * @param candidates what could have been written
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  // One edit turns any single letter into any other: there only its case can be a slip.
  const limit = name.length < 2 ? 0 : Math.min(3, Math.max(1, Math.floor(name.length / 3)));
  const wanted = name.toLowerCase();
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= limit && distance < (best?.distance ?? Infinity))
      best = { candidate, distance };
  }
  return best?.candidate ?? sameWords(wanted, candidates);
}

/** The candidate with the same words in another order or with other separators: `id_term` and `term-id`. */
function sameWords(wanted: string, candidates: readonly string[]): string | undefined {
  const words = wordsOf(wanted);
  return words === '' ? undefined : candidates.find((candidate) => wordsOf(candidate) === words);
}

const wordsOf = (name: string): string =>
  name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .toSorted()
    .join(' ');

/** Levenshtein distance with two neighbours swapped counted as one edit, as fingers do. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped && row > 1) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}
