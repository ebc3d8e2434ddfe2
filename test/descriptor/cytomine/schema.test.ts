import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import {
  exampleInvocation,
  invocationSchema,
  parseDescriptor,
  printInvocation,
} from '../../../src/descriptor/index.ts';
import { BAD_DESCRIPTORS, descriptor, input } from '../bad/descriptor-cases.ts';
import { DESCRIPTOR_TEXT } from '../bad/invocation-cases.ts';
import { CORPUS, hasCorpus } from './conformance.ts';

const SCHEMAS = join(import.meta.dirname, '../../../schemas');
const schemaOf = (name: string): object =>
  JSON.parse(readFileSync(join(SCHEMAS, name), 'utf8')) as object;
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const accepts = ajv.compile(schemaOf('cytomine-0.1.schema.json'));

/** Errors that no schema of ours can see: rules between values, and characters within any text. */
const BEYOND_SCHEMA = [
  'cytomine.range-empty',
  'cytomine.input-id-duplicate',
  'cytomine.image-name',
  'cytomine.image-swapped',
  'descriptor.text-uncarriable',
];

const errorsOf = (text: string): string[] =>
  parseDescriptor(text)
    .diagnostics.filter(
      ({ strength, code }) => strength === 'error' && !BEYOND_SCHEMA.includes(code),
    )
    .map(({ code }) => code);

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('the published schema', () => {
  test('accepts a descriptor without fault, and explains every key it has', () => {
    expect(accepts(descriptor([input('threshold')]))).toBe(true);
    const undescribed = [...membersOf(schemaOf('cytomine-0.1.schema.json'), [])].filter(
      ([, schema]) => schema['title'] === undefined || schema['description'] === undefined,
    );
    expect(undescribed.map(([path]) => path)).toEqual([]);
  });

  test('refuses every bad descriptor whose fault it can see', () => {
    const missed = BAD_DESCRIPTORS.filter(
      ({ text }) =>
        isJson(text) && errorsOf(text).length > 0 && accepts(JSON.parse(text) as unknown),
    );
    expect(missed.map(({ title }) => title)).toEqual([]);
  });

  test.skipIf(!hasCorpus)(
    `accepts no real descriptor that has an error it could see${hasCorpus ? '' : ' (skipped: ../shared/corpus is not on this machine)'}`,
    () => {
      const texts = ['cytomine', 'cytomine/history', 'biaflows', 'biaflows/history', 'biomero']
        .flatMap((folder) =>
          readdirSync(join(CORPUS, folder)).map((name) => join(CORPUS, folder, name)),
        )
        .filter((path) => path.endsWith('.json'))
        .map((path) => readFileSync(path, 'utf8'))
        .filter(isJson);
      const accepted = texts.filter((text) => accepts(JSON.parse(text) as unknown));
      expect(accepted.filter((text) => errorsOf(text).length > 0)).toEqual([]);
      // As really used: most real descriptors are good ones.
      expect(accepted.length).toBeGreaterThan(texts.length * 0.7);
    },
  );
});

test('the schema of a descriptor’s invocations accepts its examples and refuses bad values', () => {
  const { descriptor: parsed } = parseDescriptor(DESCRIPTOR_TEXT);
  const valid = ajv.compile(invocationSchema(parsed!));
  for (const seed of [1, 2, 3, 4, 5]) {
    const example = exampleInvocation(parsed!, { complete: true, random: { seed } });
    expect(valid(JSON.parse(printInvocation(example)))).toBe(true);
  }
  const refused = [{}, { threshold: 300 }, { threshold: 1.5 }, { threshold: 5, x: 1 }].map((one) =>
    valid(one),
  );
  expect(refused).toEqual([false, false, false, false]);
  expect(ajv.validate(schemaOf('invocation.schema.json'), { threshold: 5, a: ['x'] })).toBe(true);
});

/** Every key a schema knows, with the schema of its value. */
function* membersOf(
  schema: object,
  path: readonly string[],
): Generator<[string, Record<string, unknown>]> {
  for (const [key, value] of Object.entries(schema) as [string, unknown][]) {
    if (typeof value !== 'object' || value === null) continue;
    if (key === 'properties') {
      for (const [name, member] of Object.entries(value)) {
        yield [[...path, name].join('.'), member as Record<string, unknown>];
      }
    }
    yield* membersOf(value, [...path, key]);
  }
}
