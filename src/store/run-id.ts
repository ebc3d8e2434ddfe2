import { randomBytes } from 'node:crypto';

import type { Clock } from '../base/clock.ts';

/** Crockford's base 32 in lower case: no `i`, `l`, `o`, `u`, which are misread. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** What may name a run's folder, container and label alike, on every engine. */
const RUN_ID = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/;

/** Whether `text` can be a run's id; anything else could lead out of the data folder. */
export const isRunId = (text: string): boolean => RUN_ID.test(text);

/**
 * A new run id, `YYYYMMDD-HHMMSS-xxxxx` (UTC). Sorts by time; 33 million ids fit in one second, and
 * `RunJournal.create` refuses one that is taken.
 */
export function newRunId(clock: Clock): string {
  const [date = '', time = ''] = clock.now().toISOString().replaceAll(/[-:]/g, '').split(/[T.]/);
  return `${date}-${time}-${randomText(5)}`;
}

/**
 * So many new run ids, in the order a list has them, no two alike: of ten thousand in one second, two
 * would be, by chance.
 */
export function newRunIds(clock: Clock, count: number): string[] {
  const ids = new Set<string>();
  while (ids.size < count) ids.add(newRunId(clock));
  return [...ids].sort();
}

/** A new batch id: like a run's, told from it by its first letter. */
export const newBatchId = (clock: Clock): string => `b${newRunId(clock)}`;

/** `length` random base-32 letters, 5 bits each. */
export const randomText = (length: number): string =>
  Array.from(randomBytes(length), (byte) => ALPHABET.charAt(byte & 31)).join('');
