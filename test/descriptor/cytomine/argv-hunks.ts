/** A stretch of argv where two results differ. */
export interface Hunk {
  readonly platform: readonly string[];
  readonly ours: readonly string[];
}

/** The stretches where two argvs differ, from a longest common subsequence: each as small as can be. */
export function hunksOf(platform: readonly string[], ours: readonly string[]): Hunk[] {
  const lengths = commonLengths(platform, ours);
  const hunks: { platform: string[]; ours: string[] }[] = [];
  let open: { platform: string[]; ours: string[] } | undefined;
  const hunk = (): { platform: string[]; ours: string[] } => {
    if (open === undefined) hunks.push((open = { platform: [], ours: [] }));
    return open;
  };
  let left = 0;
  let right = 0;
  while (left < platform.length || right < ours.length) {
    if (left < platform.length && right < ours.length && platform[left] === ours[right]) {
      open = undefined;
      left += 1;
      right += 1;
    } else if (
      right >= ours.length ||
      (left < platform.length && lengths[left + 1]![right]! >= lengths[left]![right + 1]!)
    ) {
      hunk().platform.push(platform[left]!);
      left += 1;
    } else {
      hunk().ours.push(ours[right]!);
      right += 1;
    }
  }
  return hunks;
}

function commonLengths(left: readonly string[], right: readonly string[]): number[][] {
  const lengths = Array.from({ length: left.length + 1 }, () =>
    new Array<number>(right.length + 1).fill(0),
  );
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      lengths[row]![column] =
        left[row] === right[column]
          ? lengths[row + 1]![column + 1]! + 1
          : Math.max(lengths[row + 1]![column]!, lengths[row]![column + 1]!);
    }
  }
  return lengths;
}
