import fc from 'fast-check';
import { expect, test } from 'vitest';

import { fileSize } from '../../src/base/file-size.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.00 kB'],
  [1_234_567, '1.23 MB'],
  [12_345_678, '12.3 MB'],
  [999_499_999, '999 MB'],
  [999_999_999, '1.00 GB'],
  [4e9, '4.00 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(fileSize(bytes)).toBe(text);
});

test('no size is shown as a thousand of its unit', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 50 }), (bytes) => {
      expect(fileSize(bytes)).toMatch(/^\d{1,3}(\.\d{1,2})? [kMGTP]?B$/);
    }),
  );
});

test('the page in a browser has the same text for any size', async () => {
  const page = (await import(new URL('../../web/element.js', import.meta.url).href)) as {
    readonly size: (bytes: number) => string;
  };
  fc.assert(
    fc.property(fc.maxSafeNat(), (bytes) => {
      expect(page.size(bytes)).toBe(fileSize(bytes));
    }),
  );
});
