import { describe, expect, test } from 'vitest';

import { dialectOf, nearestName } from '../../src/descriptor/index.ts';
import { jsonOf } from '../../src/descriptor/json/value.ts';
import { platformNumberText } from '../../src/descriptor/dialects/cytomine/number-text.ts';

test.each([
  ['treshold', ['threshold', 'thread'], 'threshold'],
  ['THRESHOLD', ['threshold'], 'threshold'],
  ['treshhold', ['sigma', 'threshold'], 'threshold'],
  ['image-id', ['id_image', 'id_term'], 'id_image'],
  ['ab', ['xy'], undefined],
  ['banana', ['threshold', 'sigma'], undefined],
  ['x', [], undefined],
])('the name nearest to %s among %j is %s', (name, candidates, nearest) => {
  expect(nearestName(name, candidates)).toBe(nearest);
});

describe('the dialect', () => {
  const dialect = (value: unknown) => dialectOf(jsonOf(value));

  test('is what the schema version says, unless the inputs say otherwise', () => {
    expect(dialect({ 'schema-version': 'cytomine-0.1' })).toBe('cytomine-0.1');
    expect(dialect({ 'schema-version': '0.5+styx', 'command-line': 'x' })).toBe('boutiques-0.5');
    expect(dialect({ 'schema-version': '0.5', inputs: [{ type: 'String' }] })).toBe(
      'boutiques-0.5',
    );
    expect(dialect({ 'schema-version': '0.5', inputs: [{ 'set-by-server': true }] })).toBe(
      'cytomine-0.1',
    );
  });

  test('is told from the inputs where there is no version', () => {
    expect(dialect({ inputs: [{ type: 'ListDomain' }] })).toBe('cytomine-0.1');
    expect(dialect({ inputs: [{ type: 'Flag' }] })).toBe('boutiques-0.5');
    expect(dialect({ 'command-line': 'x' })).toBe('cytomine-0.1');
    expect(dialect({ dependencies: {} })).toBeUndefined();
    expect(dialect([])).toBeUndefined();
  });
});

// The platform's own rule: java.math.BigDecimal.toString of the number as written.
test.each([
  ['5', '5'],
  ['65.0', '65.0'],
  ['3e-4', '0.0003'],
  ['1e-6', '0.000001'],
  ['1e-7', '1E-7'],
  ['1.50e-8', '1.50E-8'],
  ['1e3', '1E+3'],
  ['12.5e1', '125'],
  ['-2.5E+10', '-2.5E+10'],
  ['0e0', '0'],
])('the platform writes %s as %s', (written, text) => {
  expect(platformNumberText(written)).toBe(text);
});
