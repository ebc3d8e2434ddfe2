import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { expandCommand, parseDescriptor, parseInvocation } from '../../src/descriptor/index.ts';
import { partsOf } from '../../src/descriptor/parts-of.ts';
import { descriptor, input } from './bad/descriptor-cases.ts';
import { descriptorText } from './boutiques/model.ts';

/** Work that grew with the square of the inputs would take minutes with so many. */
const MANY = 16_000;
const names = Array.from({ length: MANY }, (_, index) => `in_${index}`);

const cytomine = (type: string): string =>
  JSON.stringify(descriptor(names.map((name) => input(name, { type, 'value-key': '@ID' }))));

const boutiques = (type: string): string =>
  descriptorText({
    'command-line': `app ${names.map((name) => `[${name}]`).join(' ')}`,
    inputs: names.map((name) => ({
      id: name,
      name,
      type,
      'value-key': `[${name}]`,
      optional: true,
    })),
  });

describe.each([
  ['Cytomine', cytomine],
  ['Boutiques', boutiques],
])('a %s descriptor of sixteen thousand inputs', (_, textOf) => {
  test('is read, and its command made, in the time of one page', () => {
    const { descriptor: parsed } = parseDescriptor(textOf('Number'));
    const { invocation } = parseInvocation(
      parsed!,
      { user: { in_7: { kind: 'text', texts: ['5'] } } },
      { serverValuesOptional: true },
    );
    expect(expandCommand(parsed!, invocation!).argv.join(' ')).toMatch(/ 5$/);
  });

  test('is told every one of as many faults', () => {
    const { diagnostics } = parseDescriptor(textOf('Nubmer'));
    expect(diagnostics.filter(({ strength }) => strength === 'error')).toHaveLength(MANY);
  });
});

test('the parts of texts are those that looking into each would find', () => {
  const texts = fc.array(
    fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 5 }),
      fc.constantFrom('ab'.repeat(150), 'ba'.repeat(150)),
    ),
  );
  fc.assert(
    fc.property(texts, (some) => {
      const distinct = [...new Set(some)].filter((text) => text !== '');
      const expected = distinct
        .map((text) => [text, distinct.filter((other) => other !== text && text.includes(other))])
        .filter(([, parts]) => parts!.length > 0);
      expect([...partsOf(some)]).toEqual(expected);
    }),
  );
});

test('a list of three hundred thousand items is checked and expanded', () => {
  const { descriptor: parsed } = parseDescriptor(
    descriptorText({
      // No program takes so many arguments; a loop does.
      'command-line': 'for id in [IDS]; do app "$id"; done',
      inputs: [{ id: 'ids', name: 'ids', type: 'Number', list: true, 'value-key': '[IDS]' }],
    }),
  );
  const ids = Array.from({ length: 300_000 }, (_, index) => String(index));
  const { invocation } = parseInvocation(parsed!, { user: { ids: { kind: 'text', texts: ids } } });
  const { files } = expandCommand(parsed!, invocation!);
  expect(files[0]!.content).toBe(`for id in ${ids.join(' ')}; do app "$id"; done`);
});
