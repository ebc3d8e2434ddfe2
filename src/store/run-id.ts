import { randomBytes } from 'node:crypto';

import type { Clock } from '../base/clock.ts';

/** Crockford's base 32 in lower case: no `i`, `l`, `o`, `u`, which are misread. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** What may name a run's folder, container and label alike, on every engine. */
const RUN_ID = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/;

/** Whether `text` can be a run's id; anything else could lead out of the data folder. */
export const isRunId = (text: string): boolean => RUN_ID.test(text);

/** What this process has made within the newest second, so that it never makes one twice. */
const made = { second: '', ids: new Set<string>() };

/**
 * A new run id, `YYYYMMDD-HHMMSS-xxxxx` (UTC). Sorts by time; 33 million ids fit in one second. One
 * process makes none twice (of a thousand in one second two would be alike by chance every other minute);
 * `RunJournal.create` refuses what another process has taken.
 */
export function newRunId(clock: Clock): string {
  const [date = '', time = ''] = clock.now().toISOString().replaceAll(/[-:]/g, '').split(/[T.]/);
  const second = `${date}-${time}`;
  if (made.second !== second) {
    made.second = second;
    made.ids.clear();
  }
  for (;;) {
    const id = `${second}-${randomText(5)}`;
    if (made.ids.has(id)) continue;
    made.ids.add(id);
    return id;
  }
}

/** So many new run ids, in the order a list has them. */
export const newRunIds = (clock: Clock, count: number): string[] =>
  Array.from({ length: count }, () => newRunId(clock)).sort();

/** A new batch id: like a run's, told from it by its first letter. */
export const newBatchId = (clock: Clock): string => `b${newRunId(clock)}`;

/** `length` random base-32 letters, 5 bits each. */
export const randomText = (length: number): string =>
  Array.from(randomBytes(length), (byte) => ALPHABET.charAt(byte & 31)).join('');
