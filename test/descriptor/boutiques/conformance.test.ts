import { describe, expect, test } from 'vitest';

import { BETTER } from './better.ts';
import { boutiquesVerdicts, faultKinds, hasCases, type Kind, type Verdict } from './conformance.ts';

const why = hasCases ? '' : ' (skipped: ../shared is not on this machine)';

describe.skipIf(!hasCases)(`Boutiques descriptors and what bosh makes of them${why}`, () => {
  const verdicts = hasCases ? boutiquesVerdicts() : [];

  test('no answer is wrong', () => {
    expect(verdicts.filter(({ kind }) => kind === 'wrong')).toEqual([]);
  });

  test('every answer told to be better is asked for', () => {
    const asked = verdicts.filter(({ kind }) => kind === 'better').map(({ id }) => id);
    expect(asked.sort()).toEqual(Object.keys(BETTER).sort());
  });

  test('a faulty descriptor is refused for the faults that bosh finds, and bosh stops at the schema', () => {
    const missed = faultKinds().filter(
      ({ bosh, ours }) => !bosh.every((kind) => ours.includes(kind)),
    );
    expect(missed).toEqual([]);
  });

  test('each family has as many answers as there are to give', () => {
    expect(countsOf(verdicts)).toMatchInlineSnapshot(`
      {
        "cases: bids": {
          "agree": 2,
          "refused rightly": 2,
        },
        "cases: evaluate": {
          "agree": 4,
        },
        "cases: import-0.4": {
          "refused rightly": 1,
        },
        "cases: invocation": {
          "agree": 8,
          "refused rightly": 2,
        },
        "cases: simulate": {
          "agree": 15,
        },
        "cases: validate": {
          "agree": 8,
          "refused rightly": 11,
        },
        "command lines": {
          "agree": 36,
          "refused rightly": 86,
        },
        "descriptors": {
          "agree": 168,
          "refused rightly": 30,
        },
        "probes: invocation": {
          "agree": 7,
          "better": 13,
          "refused rightly": 11,
        },
        "probes: outputs": {
          "agree": 9,
          "better": 16,
        },
        "probes: simulate": {
          "agree": 36,
          "better": 9,
        },
        "probes: validate": {
          "agree": 3,
          "better": 16,
          "refused rightly": 7,
        },
      }
    `);
  });
});

/** Family → how many answers of each kind. */
function countsOf(verdicts: readonly Verdict[]): Record<string, Partial<Record<Kind, number>>> {
  const families = Object.groupBy(verdicts, ({ family }) => family);
  return Object.fromEntries(
    Object.entries(families).map(([family, some = []]) => [
      family,
      Object.fromEntries(
        Object.entries(Object.groupBy(some, ({ kind }) => kind)).map(([kind, those]) => [
          kind,
          those.length,
        ]),
      ),
    ]),
  );
}
