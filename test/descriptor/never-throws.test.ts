import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  describeDescriptor,
  exampleInvocation,
  expandCommand,
  formatDescriptor,
  invocationSchema,
  parseDescriptor,
  parseInvocation,
  parseInvocationText,
} from '../../src/descriptor/index.ts';
import { formatDiagnostics } from '../../src/report/diagnostics/index.ts';
import { descriptor, input } from './bad/descriptor-cases.ts';

const DIALECTS = ['cytomine-0.1', 'boutiques-0.5', undefined] as const;

/** Everything that can be asked about a text, whatever it is. */
function askEverything(text: string, dialect: (typeof DIALECTS)[number]): void {
  const parsed = parseDescriptor(text, { dialect });
  formatDiagnostics(parsed.diagnostics, { fileName: 'x', text });
  formatDescriptor(text);
  if (parsed.descriptor === undefined) return;
  describeDescriptor(parsed.descriptor, parsed.diagnostics);
  invocationSchema(parsed.descriptor);
  const { invocation } = parseInvocation(
    parsed.descriptor,
    { user: {} },
    { checkValues: false, serverValuesOptional: true },
  );
  if (
    invocation !== undefined &&
    parsed.diagnostics.every(({ strength }) => strength !== 'error')
  ) {
    expandCommand(parsed.descriptor, invocation, { workingDirectory: '/work' });
  }
}

/** JSON that is nearly a descriptor: its keys, with any value. */
const nearDescriptor = fc.record(
  {
    name: fc.jsonValue(),
    'schema-version': fc.oneof(fc.constantFrom('cytomine-0.1', '0.5'), fc.jsonValue()),
    'command-line': fc.oneof(fc.string(), fc.jsonValue()),
    'container-image': fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('type', 'image', 'index'), fc.jsonValue()),
    ),
    inputs: fc.oneof(
      fc.jsonValue(),
      fc.array(
        fc.dictionary(
          fc.constantFrom(
            'id',
            'type',
            'value-key',
            'command-line-flag',
            'optional',
            'default-value',
            'minimum',
            'maximum',
            'value-choices',
            'values-choice',
            'list',
            'uri',
            'set-by-server',
          ),
          fc.oneof(fc.jsonValue(), fc.constantFrom('a', 'b', '[A]', '@ID', 'Number', 'File')),
        ),
      ),
    ),
    groups: fc.jsonValue(),
    'output-files': fc.jsonValue(),
    tests: fc.jsonValue(),
    custom: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

test('nothing said about any text throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom(...DIALECTS), askEverything),
  );
});

test('nothing said about anything that is nearly a descriptor throws', () => {
  fc.assert(
    fc.property(nearDescriptor, fc.constantFrom(...DIALECTS), (value, dialect) => {
      askEverything(JSON.stringify(value), dialect);
    }),
    { numRuns: 500 },
  );
});

test('no text given as an invocation file throws', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.stringMatching(/^([a-z]: [&*!|>[{?-]?[a-z0-9]{0,4}\n){0,4}$/),
    fc.constantFrom('&a [*a]', '['.repeat(100_000), 'a: &b\n  *b', '? [a]\n: b', '%YAML 9\n---\nx'),
  );
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom('json', 'yaml'), async (given, format) => {
      const { values, diagnostics } = await parseInvocationText(given, format);
      expect(values !== undefined || diagnostics.length > 0).toBe(true);
    }),
  );
});

test('formatting changes layout only: the same values, and again the same text', () => {
  fc.assert(
    fc.property(nearDescriptor, (value) => {
      const text = JSON.stringify(value);
      const once = formatDescriptor(text).text!;
      expect(JSON.parse(once)).toEqual(JSON.parse(text));
      expect(formatDescriptor(once).text).toBe(once);
    }),
  );
});

test('formatting keeps the text of numbers, and refuses what is not JSON', () => {
  const text = '{"inputs": [{"maximum": 1e-05, "id": "x", "default-value": 1.0}]}';
  expect(formatDescriptor(text).text).toContain('"default-value": 1.0,\n      "maximum": 1e-05');
  expect(formatDescriptor('{').text).toBeUndefined();
});

test('an example is a valid invocation, the plainest one and random ones', () => {
  const { descriptor: parsed } = parseDescriptor(
    JSON.stringify(
      descriptor([
        input('threshold', { minimum: 1, maximum: 255, integer: true, optional: false }),
        input('method', { type: 'String', 'values-choice': ['otsu', 'li'] }),
        input('images', { type: 'ListDomain', uri: '/api/x.json' }),
        input('fast', { type: 'Boolean' }),
      ]),
    ),
  );
  const seeds = fc.record({ complete: fc.boolean(), seed: fc.nat() });
  fc.assert(
    fc.property(seeds, ({ complete, seed }) => {
      const options = { complete, random: { seed } };
      const example = exampleInvocation(parsed!, options);
      expect(exampleInvocation(parsed!, options)).toEqual(example);
      const user = Object.fromEntries(
        example.map(({ inputId, value }) => [inputId, { kind: 'json' as const, value }]),
      );
      const { diagnostics } = parseInvocation(parsed!, { user }, { serverValuesOptional: true });
      expect(diagnostics).toEqual([]);
    }),
  );
  expect(exampleInvocation(parsed!).map(({ inputId }) => inputId)).toEqual(['threshold']);
});
