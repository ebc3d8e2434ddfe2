/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number between two, both included. */
  integer(least: number, most: number): number;
  /** A short word of small letters. */
  word(): string;
}

/** The `mulberry32` generator: 32 bits of state, enough for examples, never for secrets. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1));
  const word = (): string =>
    Array.from({ length: integer(3, 8) }, () =>
      'abcdefghijklmnopqrstuvwxyz'.charAt(integer(0, 25)),
    ).join('');
  return { next, integer, word };
}
