/** How many examples are looked at before the best so far has to do: rules of real apps need dozens. */
const LOOKS_MAX = 3_000;

/** An example on the way to a valid one. */
interface Seen<Example> {
  readonly example: Example;
  readonly faults: number;
  readonly steps: number;
}

/** How examples are judged, told apart and changed. */
export interface Ways<Example> {
  readonly faultsOf: (example: Example) => number;
  /** The same for two examples that are the same. */
  readonly keyOf: (example: Example) => string;
  /** Every example that is one change away. */
  readonly stepsFrom: (example: Example) => Iterable<Example>;
}

/**
 * The nearest example with the fewest faults, by best-first search: a change that mends nothing yet
 * may be needed before the one that does, as where one input requires another that requires a third.
 */
export function mended<Example>(start: Example, ways: Ways<Example>): Example {
  let best: Seen<Example> = { example: start, faults: ways.faultsOf(start), steps: 0 };
  const open = [best];
  const known = new Set([ways.keyOf(start)]);
  while (best.faults > 0 && known.size < LOOKS_MAX) {
    const from = takeFirst(open);
    if (from === undefined) break;
    for (const example of ways.stepsFrom(from.example)) {
      const key = ways.keyOf(example);
      if (known.has(key)) continue;
      known.add(key);
      const seen = { example, faults: ways.faultsOf(example), steps: from.steps + 1 };
      if (seen.faults < best.faults) best = seen;
      if (best.faults === 0 || known.size >= LOOKS_MAX) break;
      open.push(seen);
    }
  }
  return best.example;
}

/** Takes out the one with the fewest faults; of several, the one with the fewest steps. */
function takeFirst<Example>(open: Seen<Example>[]): Seen<Example> | undefined {
  let first = 0;
  open.forEach((one, index) => {
    const before = open[first];
    if (before === undefined) return;
    if (one.faults < before.faults || (one.faults === before.faults && one.steps < before.steps))
      first = index;
  });
  return open.splice(first, 1)[0];
}
