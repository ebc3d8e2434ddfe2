import fc from 'fast-check';
import { expect, test } from 'vitest';

import { dateAt } from '../../src/base/clock.ts';
import { RUN_PHASES, type PhaseTimes } from '../../src/runner/index.ts';
import { spanFacts, spansOf, spansText } from '../../src/report/text/spans.ts';

const BEGUN_MS = 1_772_359_200_000;
const at = (seconds: number): string => dateAt(BEGUN_MS + seconds * 1_000).toISOString();
const phase = (name: PhaseTimes['phase'], from: number, to?: number): PhaseTimes => ({
  phase: name,
  startedAt: at(from),
  ...(to === undefined ? {} : { endedAt: at(to) }),
});
const createdAt = at(0);

test.each([
  ['one that began at once', [phase('stage', 0.2, 1), phase('run', 1, 5)], 5, ' in 5 s'],
  [
    'one that waited',
    [phase('stage', 60, 61), phase('run', 61, 65)],
    65,
    ' in 5 s after waiting 1 min',
  ],
  [
    'one that waited in a cluster too',
    [phase('stage', 2, 3), phase('wait', 3, 13), phase('run', 13, 23)],
    23,
    ' in 11 s after waiting 12 s',
  ],
  ['one that never began', [], 90, ' after waiting 1 min 30 s; it never began'],
  ['one that was refused at once', [], 0.1, ' in 0.1 s'],
  ['one that still runs', [phase('run', 30)], undefined, ' in 1 min 10 s after waiting 30 s'],
  ['one that still waits', [], undefined, ' after waiting 1 min 40 s'],
] as const)('%s', (_, phases, ended, text) => {
  const record = { createdAt, phases, ...(ended === undefined ? {} : { endedAt: at(ended) }) };
  expect(spansText(record, dateAt(BEGUN_MS + 100_000))).toBe(text);
});

test('a list has waiting and running apart', () => {
  const now = dateAt(BEGUN_MS + 100_000);
  const begun = [phase('stage', 60, 61), phase('run', 61)];
  expect(spanFacts({ createdAt, phases: begun }, now)).toEqual(['waited 1 min', 'for 40 s']);
  expect(spanFacts({ createdAt, phases: [] }, now)).toEqual(['waits for 1 min 40 s']);
  expect(spanFacts({ createdAt, phases: [], endedAt: at(9) }, now)).toEqual([
    'waited 9 s',
    'never began',
  ]);
  expect(spanFacts({ createdAt, phases: [] }, undefined)).toEqual([]);
});

test('waiting and the rest are all of the time', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...RUN_PHASES), fc.nat(1_000)), { maxLength: 9 });
  fc.assert(
    fc.property(steps, fc.nat(1_000), (lengths, queued) => {
      let seconds = queued;
      const phases = lengths.map(([name, length]) => phase(name, seconds, (seconds += length)));
      const { waitedMs, tookMs } = spansOf({ createdAt, phases, endedAt: at(seconds) }, undefined)!;
      expect(waitedMs + tookMs).toBe(seconds * 1_000);
      expect(Math.min(waitedMs, tookMs)).toBeGreaterThanOrEqual(0);
    }),
  );
});
