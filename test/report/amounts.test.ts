import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ago, clockTime, duration } from '../../src/report/index.ts';

test.each([
  [0, '0 s'],
  [48, '0.05 s'],
  [994, '0.99 s'],
  [996, '1 s'],
  [4_240, '4.2 s'],
  [9_970, '10 s'],
  [59_600, '1 min'],
  [65_000, '1 min 5 s'],
  [3_599_900, '1 h'],
  [9_000_000, '2 h 30 min'],
  [86_400_000, '1 d'],
  [273_600_000, '3 d 4 h'],
  [-5, '0 s'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, '0:00'],
  [65_999, '1:05'],
  [3_723_000, '1:02:03'],
])('%d ms on the clock are %s', (ms, text) => {
  expect(clockTime(ms)).toBe(text);
});

test.each([
  ['2026-11-21T12:19:30Z', 'just now'],
  ['2026-11-21T12:25:00Z', 'just now'],
  ['2026-11-21T12:00:00Z', '20 min ago'],
  ['2026-11-21T02:00:00Z', '10 h ago'],
  ['2026-11-14T12:00:00Z', '7 d ago'],
  ['2026-01-02T00:00:00Z', '2026-01-02'],
  ['not a time', 'not a time'],
])('%s is %s', (at, text) => {
  expect(ago(at, new Date('2026-11-21T12:20:00Z'))).toBe(text);
});

test('no amount of time is shown as sixty of its unit', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 50 }), (amount) => {
      expect(duration(amount)).not.toMatch(/\b60 (s|min)|\b24 h/);
    }),
  );
});
