import { describe, expect, test } from 'vitest';

import {
  descriptorTests,
  textFault,
  type OutputAssertion,
} from '../../../src/descriptor/dialects/boutiques/descriptor-tests.ts';
import { numberOf } from '../../../src/descriptor/index.ts';
import { descriptorOf } from './model.ts';
import { RICH } from './rich.ts';

test("a descriptor's own tests are read with every assertion and with their numbers as written", () => {
  const tests = descriptorTests(descriptorOf(RICH));
  expect(tests).toEqual([
    {
      name: 'finds some',
      values: new Map<string, unknown>([
        ['image', 'a.tif'],
        ['sizes', [numberOf('1')]],
      ]),
      exitCode: 0,
      outputs: [
        {
          outputId: 'mask',
          md5: 'd41d8cd98f00b204e9800998ecf8427e',
          sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        },
        {
          outputId: 'table',
          text: 'a,b\n',
          contains: ['a'],
          numbers: { values: [1, 2.5], absolute: 0.1, relative: 0 },
        },
      ],
    },
  ]);
});

describe('the text of an output', () => {
  const fault = (
    assertion: Omit<OutputAssertion, 'outputId'>,
    content: string,
  ): string | undefined => textFault({ outputId: 'o', ...assertion }, content);

  test('is the same whatever ends its lines', () => {
    expect(fault({ text: 'a\nb' }, 'a\r\nb\r\n')).toBeUndefined();
    expect(fault({ text: 'a\nb' }, 'a b')).toBe('has another text than the test expects');
  });

  test('must hold every text that is asked for', () => {
    expect(fault({ contains: ['nuclei', 'area'] }, 'nuclei,area\n')).toBeUndefined();
    expect(fault({ contains: ['nuclei', 'volume'] }, 'nuclei,area')).toBe(
      'does not contain "volume"',
    );
  });

  test.each([
    ['cell1,1.05\ncell2,2.5e0', undefined],
    ['1 2.7', 'has 2.7 as its number 2, not 2.5'],
    ['1 2.5 3', 'holds 3 numbers, not 2'],
    ['version v1.2.3, table2', 'holds 0 numbers, not 2'],
    ['nan 2.5', 'holds 1 number, not 2'],
  ])('of %j against 1 and 2.5 within 0.1: %s', (content, expected) => {
    const numbers = { values: [1, 2.5], absolute: 0.1, relative: 0 };
    expect(fault({ numbers }, content)).toBe(expected);
  });

  test('may be off by a fraction of each number', () => {
    const numbers = { values: [1000, 1], absolute: 0, relative: 0.01 };
    expect(fault({ numbers }, '1009 1.009')).toBeUndefined();
    expect(fault({ numbers }, '1009 1.02')).toBe('has 1.02 as its number 2, not 1');
  });
});
