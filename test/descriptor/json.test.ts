import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LIMITS } from '../../src/base/limits.ts';
import { printJson } from '../../src/descriptor/json/print.ts';
import { readJson } from '../../src/descriptor/json/read.ts';
import { jsonOf, plainOf } from '../../src/descriptor/json/value.ts';

const rootOf = (text: string): unknown => plainOf(readJson(text).document!.root);
const codesOf = (text: string, lenient?: boolean): string[] =>
  readJson(text, { lenient }).diagnostics.map(({ code }) => code);

test('every JSON value is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (json, space) => {
      const text = JSON.stringify(JSON.parse(json), null, space);
      expect(rootOf(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('whatever JSON.parse refuses is refused, and whatever it accepts is accepted', () => {
  const almostJson = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', ':', '\\', '\t', 'e', '0'))
    .map(([text, at, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + (at % 3));
    });
  fc.assert(
    fc.property(fc.oneof(almostJson, fc.string()), (text) => {
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      const { diagnostics } = readJson(text);
      expect(diagnostics.every(({ strength }) => strength !== 'error')).toBe(parses);
    }),
    { numRuns: 2_000 },
  );
});

test('numbers keep their text through reading and printing', () => {
  const text = '[1.0, 1e-05, -0.0, 12345678901234567890, 1E+400]';
  expect(printJson(readJson(text).document!.root)).toBe(`${text}\n`);
});

test('printing and reading again gives the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(readJson(printJson(jsonOf(value))).document!.root).toEqual(jsonOf(value));
    }),
  );
});

test('keys and values stand where an editor shows them, whatever ends the lines', () => {
  const text = '{\r\n  "a": [1,\n\t"π𝛼", {"b/c~": true}],\r  "d": null}';
  const { document } = readJson(text);
  expect(document!.positionOf('/a', 'key')).toEqual({ line: 2, column: 3 });
  expect(document!.positionOf('/a/1')).toEqual({ line: 3, column: 2 });
  expect(document!.positionOf('/a/2/b~1c~0')).toEqual({ line: 3, column: 18 });
  expect(document!.positionOf('/d')).toEqual({ line: 4, column: 8 });
  expect(document!.valueAt('/a/2/b~1c~0')).toBe(true);
});

test('what is missing stands where it belongs: at the nearest thing around it', () => {
  const { document } = readJson('{"inputs":\n [ {} ]}');
  expect(document!.positionOf('/inputs/0/type')).toEqual({ line: 2, column: 4 });
});

test('a place inside a text counts the escapes before it', () => {
  const { document } = readJson(String.raw`{"line": "a\n\u0041b"}`);
  expect(document!.positionOf('/line', 'value', 3)).toEqual({ line: 1, column: 20 });
});

test('keys that JavaScript treats specially are keys like others', () => {
  const { document } = readJson('{"__proto__": {"constructor": 1}}');
  expect(document!.valueAt('/__proto__/constructor')).toEqual({
    kind: 'number',
    text: '1',
    value: 1,
  });
});

test('trailing commas, comments and raw tabs are told all at once and read over', () => {
  const text = '{ // one\n"a": "\t", /* two */ "b": [1,],\n}';
  expect(codesOf(text)).toEqual([
    'json.comment',
    'json.control-character',
    'json.comment',
    'json.trailing-comma',
    'json.trailing-comma',
  ]);
  expect(codesOf(text, true).every((code) => code.endsWith('-accepted'))).toBe(true);
  expect(rootOf(text)).toEqual({ a: '\t', b: [1] });
});

test('depth is bounded: a bomb is a finding, and the deepest descriptor allowed is read', () => {
  const nested = (depth: number): string =>
    '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
  expect(codesOf(nested(LIMITS.jsonDepthMax))).toEqual([]);
  expect(codesOf(nested(LIMITS.jsonDepthMax + 2))).toEqual(['json.too-deep']);
  expect(codesOf('['.repeat(LIMITS.descriptorBytesMax))).toEqual(['json.too-deep']);
});

test('the largest file that is accepted is read without failing', () => {
  const item = '{"k":"v"},';
  const text = `[${item.repeat(LIMITS.descriptorBytesMax / item.length - 2)}0]`;
  expect(codesOf(text)).toEqual([]);
  expect(codesOf(`["${'x'.repeat(LIMITS.descriptorBytesMax - 10)}"]`)).toEqual([]);
});
