import { expect, test } from 'vitest';

import { describeDescriptor, parseDescriptor } from '../../src/descriptor/index.ts';
import { renderDescription } from '../../src/report/index.ts';
import { descriptor, input } from '../descriptor/bad/descriptor-cases.ts';

test('a description reads like a page: what the app does, takes, leaves and needs', async () => {
  const text = JSON.stringify(
    descriptor(
      [
        input('threshold', {
          name: 'Threshold',
          description: 'Pixels below it are background.\nFrom 0 to 255.',
          minimum: 0,
          maximum: 255,
          integer: true,
          optional: false,
        }),
        input('method', {
          type: 'String',
          'values-choice': ['otsu', 'li'],
          'default-value': 'otsu',
        }),
        input('images', { type: 'ListDomain', uri: '/api/x.json' }),
        input('api_token', { type: 'String', 'default-value': 'hush' }),
      ],
      { description: 'Finds tissue in a slide.', 'tool-version': '1.2.0', author: 'A. Author' },
    ),
  );
  const { descriptor: parsed, diagnostics } = parseDescriptor(text);
  const page = renderDescription(describeDescriptor(parsed!, diagnostics), { width: 80 });
  expect(page).not.toContain('hush');
  expect(page.split('\n').every((line) => line.length <= 80)).toBe(true);
  await expect(`${page}\n`).toMatchFileSnapshot('description.golden.txt');
});
