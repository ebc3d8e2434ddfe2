import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURE_CODES, foldEvents, RUN_PHASES, RUN_STATES } from '../../src/runner/index.ts';
import { eventLog } from '../support/run-arbitraries.ts';

interface Schema {
  readonly $id: string;
  readonly $defs?: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
}

const schemaOf = (name: string): Schema =>
  JSON.parse(
    readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8'),
  ) as Schema;

const NAMES = ['run-event', 'run-record', 'configuration'];
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
formats.default(ajv);
for (const name of NAMES) ajv.addSchema(schemaOf(name));

function validator(name: string): ValidateFunction {
  const validate = ajv.getSchema(schemaOf(name).$id);
  if (validate === undefined) throw new TypeError(`no schema ${name}`);
  return validate;
}

const faultsOf = (name: string, value: unknown): string => {
  const validate = validator(name);
  return validate(value)
    ? ''
    : `${ajv.errorsText(validate.errors)} ${JSON.stringify(validate.errors?.map(({ params }) => params))}`;
};

test('every event of any log, and the record it folds to, is as the schemas say', () => {
  fc.assert(
    fc.property(eventLog, (events) => {
      for (const event of events) expect(faultsOf('run-event', event)).toBe('');
      expect(faultsOf('run-record', foldEvents(events))).toBe('');
    }),
    { numRuns: 100 },
  );
});

test('what is not in the schema is refused', () => {
  fc.assert(
    fc.property(eventLog, (events) => {
      const record = foldEvents(events);
      expect(faultsOf('run-record', { ...record, surprise: 1 })).toMatch('additional');
      expect(faultsOf('run-record', { ...record, state: 'DONE' })).toMatch('allowed values');
      expect(faultsOf('run-record', { ...record, seq: 0 })).toMatch('>= 1');
      expect(faultsOf('run-event', { ...events[0], type: 'born' })).not.toBe('');
      expect(faultsOf('run-event', { ...events[0], options: undefined })).not.toBe('');
    }),
    { numRuns: 20 },
  );
});

test('the closed sets are the very ones of the code', () => {
  const defs = schemaOf('run-event').$defs;
  expect(defs?.['state']?.enum).toEqual(RUN_STATES);
  expect(defs?.['phase']?.enum).toEqual(RUN_PHASES);
  const failure = defs?.['failure'] as { properties: { code: { enum: string[] } } };
  expect(failure.properties.code.enum).toEqual(FAILURE_CODES);
});

test.each(NAMES)('everything in %s is described', (name) => {
  const undescribed: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties' || key === '$defs')
        for (const [property, schema] of Object.entries(value as Record<string, object>)) {
          if (!('description' in schema)) undescribed.push(`${path}/${property}`);
        }
      visit(value, `${path}/${key}`);
    }
  };
  const schema = schemaOf(name);
  visit(schema, '');
  expect(undescribed).toEqual([]);
  expect(schema).toHaveProperty('title');
  expect(schema).toHaveProperty('description');
});
