import { quantile, type Figure, type Target } from './figure.ts';

/** One way of doing the same; resolves to one sample, for example its time in ms. */
export type Sample = () => Promise<number>;

export interface Comparison {
  readonly row: string;
  readonly name: string;
  readonly unit: string;
  readonly ours: Sample;
  readonly against: Sample;
  readonly rounds: number;
  /** No further round is begun behind this time; three are done in any case. */
  readonly secondsMax: number;
  readonly target?: Target;
  /** What else was seen, once all samples are there. */
  readonly note?: () => string;
}

const ROUNDS_MIN = 3;

/**
 * Takes samples of both in turn, the first of each pair changing, so that the noise of the machine
 * hits both alike. The ratio is that of the medians.
 */
export async function compare(comparison: Comparison): Promise<Figure> {
  const { ours, against, rounds, secondsMax, note, ...named } = comparison;
  const began = performance.now();
  const pairs: { mine: number; theirs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const spentSeconds = (performance.now() - began) / 1000;
    if (round >= ROUNDS_MIN && spentSeconds > secondsMax) break;
    if (round % 2 === 0) {
      const theirs = await against();
      pairs.push({ mine: await ours(), theirs });
    } else {
      const mine = await ours();
      pairs.push({ mine, theirs: await against() });
    }
  }
  const mine = quantile(
    pairs.map((pair) => pair.mine),
    0.5,
  );
  const theirs = quantile(
    pairs.map((pair) => pair.theirs),
    0.5,
  );
  const ratios = pairs.map((pair) => pair.mine / pair.theirs);
  const { row, name, unit, target } = named;
  return {
    row,
    name,
    unit,
    ours: mine,
    against: theirs,
    ratio: mine / theirs,
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    samples: pairs.length,
    ...(target === undefined ? {} : { target }),
    ...(note === undefined ? {} : { note: note() }),
  };
}
