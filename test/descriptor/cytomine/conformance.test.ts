import { describe, expect, test } from 'vitest';

import { expectedRows, hasCorpus, verdictsOf } from './conformance.ts';
import { REPAIRS, SINGLE_DIFFERENCES } from './differences.ts';

const why = hasCorpus ? '' : ' (skipped: ../shared/corpus is not on this machine)';

describe.skipIf(!hasCorpus)(`command lines of real descriptors${why}`, () => {
  const verdicts = hasCorpus ? expectedRows().flatMap(verdictsOf) : [];

  test('agree with the platform wherever its own result is not damaged', () => {
    expect(verdicts.filter(({ kind }) => kind === 'wrong')).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(400);
  });

  test('differ only for reasons that are told, and every reason told occurs', () => {
    const reasons = new Set(
      verdicts.filter(({ kind }) => kind === 'better').flatMap((verdict) => verdict.reasons),
    );
    const told = new Set([...REPAIRS, ...SINGLE_DIFFERENCES].map(({ name }) => name));
    expect([...reasons].sort()).toEqual([...told].sort());
  });

  test('no difference told for a single descriptor is idle', () => {
    const better = verdicts.filter(({ kind }) => kind === 'better');
    const idle = SINGLE_DIFFERENCES.filter(
      (single) =>
        !better.some(
          ({ descriptor, reasons }) =>
            single.descriptor.test(descriptor) && reasons.includes(single.name),
        ),
    );
    expect(idle).toEqual([]);
  });
});
