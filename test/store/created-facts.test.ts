import { expect, test } from 'vitest';

import { LIMITS } from '../../src/base/limits.ts';
import { createdFacts } from '../../src/store/created-facts.ts';
import { createdFacts as facts } from '../support/run-values.ts';

const textOf = (host: string): string => JSON.stringify({ type: 'created', ...facts({ host }) });

test('what a run began with is what was written, however often and in whatever order it is read', () => {
  const hosts = Array.from({ length: LIMITS.createdFactsKeptMax * 2 }, (_, at) => `host-${at}`);
  for (const host of [...hosts, ...hosts.toReversed(), ...hosts])
    expect(createdFacts(textOf(host))).toEqual(facts({ host }));
});

test('it is parsed once while it is in use, and each time where it is long', () => {
  const short = textOf('short');
  expect(createdFacts(short)).toBe(createdFacts(short));
  const long = textOf('x'.repeat(LIMITS.createdFactsKeptCharsMax));
  expect(createdFacts(long)).not.toBe(createdFacts(long));
  expect(createdFacts(long)).toEqual(createdFacts(long));
});

test('a text that is damaged is no beginning, though its run was read before', () => {
  const text = textOf('bench');
  createdFacts(text);
  expect(() => createdFacts(text.slice(0, -1))).toThrow(SyntaxError);
});
