import { expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { lastLine } from '../../src/runner/last-line.ts';

const after = (...printed: ['stdout' | 'stderr', string][]): string => {
  const last = lastLine();
  for (const [stream, text] of printed)
    last.push({ stream, bytes: new TextEncoder().encode(text) });
  return last.text();
};

test('the newest line is shown, finished or not, across chunks', () => {
  expect(after()).toBe('');
  expect(after(['stdout', 'one\ntwo\n'])).toBe('two');
  expect(after(['stdout', 'one\ntw'], ['stdout', 'o\r'], ['stdout', '\n\n'])).toBe('two');
  expect(after(['stdout', 'one\n'], ['stderr', 'warned'], ['stdout', '\n'])).toBe('warned');
  expect(after(['stderr', 'warned'], ['stdout', 'one'])).toBe('one');
});

test('escape sequences are taken out', () => {
  expect(after(['stdout', '\u001b[2J\u001b[31mred\u001b[0m\u001b]0;t\u0007\n'])).toBe('red');
});

test('of a line longer than is kept, the end is shown', () => {
  const shown = after(['stdout', `${'x'.repeat(10 * LIMITS.lastLineBytesMax)}end`]);
  expect(shown).toHaveLength(LIMITS.lastLineBytesMax);
  expect(shown).toMatch(/x+end$/);
});
