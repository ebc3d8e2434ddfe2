import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  hasErrors,
  parseDescriptor,
  plainOf,
  type JsonValue,
} from '../../../src/descriptor/index.ts';
import { BOUTIQUES_CODES } from '../../../src/descriptor/dialects/boutiques/codes.ts';
import { checkShape } from '../../../src/descriptor/dialects/boutiques/structure/check-structure.ts';
import { DESCRIPTOR } from '../../../src/descriptor/dialects/boutiques/structure/shapes.ts';
import { Findings } from '../../../src/descriptor/findings.ts';
import { readJson } from '../../../src/descriptor/json/read.ts';
import { jsonOf } from '../../../src/descriptor/json/value.ts';
import { hasCases } from './conformance.ts';
import { RICH } from './rich.ts';

const why = hasCases ? '' : ' (skipped: ../shared is not on this machine)';

const ROOT = join(import.meta.dirname, '../../..');
const SCHEMA = JSON.parse(
  readFileSync(join(ROOT, 'schemas/boutiques-0.5.schema.json'), 'utf8'),
) as Record<string, unknown>;
const fitsSchema = new Ajv({ strict: false, allErrors: false }).compile(SCHEMA);

function structureFaults(root: JsonValue): string[] {
  const findings = new Findings(BOUTIQUES_CODES);
  checkShape(root, DESCRIPTOR, { pointer: '', owner: '' }, findings);
  return findings.diagnostics.map(({ pointer, message }) => `${pointer}: ${message}`);
}

/** Both answers to one value: they must be the same. */
const verdicts = (root: JsonValue): { schema: boolean; checker: boolean; faults: string[] } => {
  const faults = structureFaults(root);
  return { schema: fitsSchema(plainOf(root)), checker: faults.length === 0, faults };
};

describe('the published schema and the checker', () => {
  test('find nothing wrong with a descriptor that uses every key', () => {
    expect(verdicts(jsonOf(RICH))).toEqual({ schema: true, checker: true, faults: [] });
    const { diagnostics } = parseDescriptor(JSON.stringify(RICH));
    expect(diagnostics.filter(({ strength }) => strength === 'error')).toEqual([]);
  });

  test.skipIf(!hasCases)(`agree on every real descriptor${why}`, () => {
    const shared = join(ROOT, '../shared');
    const files = globSync(
      ['corpus/boutiques/**/*.json', 'boutiques-cases/{raw,derived}/**/*.json'],
      { cwd: shared },
    );
    const roots = files.flatMap((file) => {
      const root = readJson(readFileSync(join(shared, file), 'utf8')).document?.root;
      return root === undefined ? [] : [{ file, root }];
    });
    const differing = roots.filter(({ root }) => {
      const { schema, checker } = verdicts(root);
      return schema !== checker;
    });
    expect(differing.map(({ file }) => file)).toEqual([]);
    expect(roots.length).toBeGreaterThan(300);
  });

  test('agree on descriptors with anything changed in them', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const descriptor: unknown = structuredClone(RICH);
        for (const one of changes) one(descriptor);
        const { schema, checker, faults } = verdicts(jsonOf(descriptor));
        expect({ checker, faults: schema ? faults : [] }).toEqual({ checker: schema, faults: [] });
      }),
      { numRuns: 4_000 },
    );
  });

  test('show an editor a title and a description of every key', () => {
    const bare: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, member] of Object.entries(value)) {
        const isKeys =
          path.endsWith('/properties') &&
          !path.includes('/if/') &&
          !path.includes('/dependencies/');
        if (isKeys && !('$ref' in member) && !('title' in member && 'description' in member))
          bare.push(`${path}/${key}`);
        walk(member, `${path}/${key}`);
      }
    };
    walk(SCHEMA, '');
    expect(bare.filter((path) => !path.includes('/then/'))).toEqual([]);
  });
});

test('reading never throws, whatever JSON it is given', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.array(change, { maxLength: 6 })), (made) => {
      const text = typeof made === 'string' ? made : JSON.stringify(changed(made));
      const { descriptor, diagnostics } = parseDescriptor(text, { dialect: 'boutiques-0.5' });
      expect(descriptor !== undefined || hasErrors(diagnostics)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('a choice may be called like a member of every JavaScript object', () => {
  const input = {
    id: 'a',
    name: 'a',
    type: 'String',
    'value-key': '[A]',
    'value-choices': ['constructor', '__proto__'],
    'value-requires': JSON.parse('{ "constructor": ["b"], "__proto__": [] }') as unknown,
    'value-disables': { toString: ['b'] },
  };
  const other = { id: 'b', name: 'b', type: 'String', 'value-key': '[B]', optional: true };
  const text = JSON.stringify({ ...RICH, 'command-line': 'x [A] [B]', inputs: [input, other] });
  const { diagnostics } = parseDescriptor(text, { dialect: 'boutiques-0.5' });
  expect(diagnostics.map(({ code }) => code)).not.toContain(
    'boutiques.choice-requires-and-disables',
  );
});

function changed(changes: readonly ((descriptor: unknown) => void)[]): unknown {
  const descriptor: unknown = structuredClone(RICH);
  for (const one of changes) one(descriptor);
  return descriptor;
}

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  1.5,
  '',
  'x',
  'a,b',
  'é',
  'Flag',
  'File',
  'Number',
  'rootfs',
  '0.4',
  'https://x',
  [],
  [1],
  ['x'],
  ['x', 'x'],
  [{}],
  {},
  { id: 'x' },
  { default: 'y' },
  { default: 1 },
  { type: 'rootfs', url: 'u' },
  { 'exit-code': 1 },
];

const KEYS = [
  ...new Set([
    ...Object.keys(RICH),
    ...Object.values(RICH).flatMap((value) =>
      [value].flat().flatMap((item) => (typeof item === 'object' ? Object.keys(item) : [])),
    ),
    'unknown',
    'url',
    '__proto__',
    'constructor',
  ]),
];

/** Changes one place of a value: takes a member away, puts an odd one there, repeats an item. */
const change: fc.Arbitrary<(descriptor: unknown) => void> = fc
  .record({
    place: fc.nat(),
    kind: fc.constantFrom('remove', 'replace', 'add', 'repeat'),
    key: fc.constantFrom(...KEYS),
    value: fc.constantFrom(...ODD_VALUES),
  })
  .map(({ place, kind, key, value }) => (descriptor: unknown): void => {
    const holders = holdersIn(descriptor);
    const holder = holders[place % holders.length];
    if (holder === undefined) return;
    const members = Object.keys(holder);
    const member = members[place % Math.max(1, members.length)];
    if (Array.isArray(holder)) {
      if (kind === 'remove') holder.splice(Number(member ?? 0), 1);
      else if (kind === 'repeat' && holder.length > 0) holder.push(structuredClone(holder[0]));
      else if (kind === 'replace' && holder.length > 0)
        holder[Number(member)] = structuredClone(value);
      else holder.push(structuredClone(value));
      return;
    }
    const at = kind === 'add' || member === undefined ? key : member;
    if (kind === 'remove') Reflect.deleteProperty(holder, at);
    else
      Object.defineProperty(holder, at, {
        value: structuredClone(value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  });

function holdersIn(value: unknown): (Record<string, unknown> | unknown[])[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown> | unknown[];
  return [holder, ...Object.values(holder).flatMap(holdersIn)];
}
