import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCount, parseCpus, parseDuration, parseSize } from '../../src/site/quantities.ts';

test.each([
  ['4GB', 4e9],
  ['512MiB', 536_870_912],
  ['2g', 2_147_483_648],
  ['2 G', 2_147_483_648],
  ['1.5kb', 1_500],
  ['1048576', 1_048_576],
  ['10b', 10],
])('a size of %s has %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['15min', 900_000],
  ['2h30m', 9_000_000],
  ['2h 30m', 9_000_000],
  ['1d', 86_400_000],
  ['1.5h', 5_400_000],
  ['500ms', 500],
  ['45', 45_000],
  ['PT1H', 3_600_000],
  ['P1DT2H3M4.5S', 93_784_500],
])('a duration of %s has %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

describe('what is refused names the value and shows how to write it', () => {
  test.each(['', '0', '-1GB', '4 elephants', '4GBB', '1e9', '99999999TB', 'GB'])(
    'size %j',
    (text) => {
      expect(() => parseSize(text)).toThrow(`${JSON.stringify(text)} is not a size`);
    },
  );
  test.each(['', '0s', 'soon', '1h2', 'P1Y', 'P', 'PT', '-5m', '1m2h'])('duration %j', (text) => {
    expect(() => parseDuration(text)).toThrow(`${JSON.stringify(text)} is not a duration`);
  });
  test.each(['99999999999d', '36526d', 'PT9999999999999H'])('too long a duration %j', (text) => {
    expect(() => parseDuration(text)).toThrow(
      `${JSON.stringify(text)} is not a duration of at most 36525 days`,
    );
  });
  test.each(['', '0', '0.0001', 'two', '-1', 'Infinity', '1,5'])('cores %j', (text) => {
    expect(() => parseCpus(text)).toThrow(`${JSON.stringify(text)} is not a number of cores`);
  });
  test.each(['0', '1.5', '', 'many'])('count %j', (text) => {
    expect(() => parseCount(text)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});

test('hours, minutes and seconds add up', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 99 }),
      fc.nat({ max: 59 }),
      fc.integer({ min: 1, max: 59 }),
      (h, m, s) => {
        const ms = (h * 3_600 + m * 60 + s) * 1_000;
        expect(parseDuration(`${h}h${m}m${s}s`)).toBe(ms);
        expect(parseDuration(`PT${h}H${m}M${s}S`)).toBe(ms);
      },
    ),
  );
});
