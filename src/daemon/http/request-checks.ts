import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import { epochMs } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';

interface RoutePart {
  readonly schema: unknown;
  readonly httpPart?: string;
}

/**
 * Text of query and path becomes numbers, booleans and lists as the schema says; a body is taken as it is.
 * A check is made when it is needed first: to make all of them takes most of a start, and 100 MB for a while.
 */
export function requestChecks(shared: unknown): (route: RoutePart) => never {
  const make = (coerceTypes: 'array' | false, allErrors: boolean) => (): Ajv2020 => {
    // That the schemas are schemas is known by a test.
    const rules = { strict: false, useDefaults: true, validateSchema: false };
    const ajv = new Ajv2020({ ...rules, allErrors, coerceTypes });
    formats.default(ajv);
    ajv.addFormat('date-time', isTime);
    for (const schema of Object.values(shared as Record<string, object>)) ajv.addSchema(schema);
    return ajv;
  };
  const of = (coerceTypes: 'array' | false): Record<'quick' | 'all', () => Ajv2020> => ({
    quick: once(make(coerceTypes, false)),
    all: once(make(coerceTypes, true)),
  });
  const [strict, coercing] = [of(false), of('array')];
  return ({ schema, httpPart }) => {
    const { quick, all } = httpPart === 'body' ? strict : coercing;
    return checkOf(
      once(() => quick().compile(schema as object)),
      once(() => all().compile(schema as object)),
    );
  };
}

/** All faults are told together, unless there could be millions: then the first. */
function checkOf(quick: () => ValidateFunction, all: () => ValidateFunction): never {
  const check = (data: unknown): boolean => {
    const first = quick();
    if (first(data)) return true;
    const told = hasManyValues(data) ? first : all();
    if (told !== first) told(data);
    check.errors = told.errors;
    return false;
  };
  check.errors = undefined as ValidateFunction['errors'];
  return check as never;
}

/** Stops counting when it is clear. */
function hasManyValues(data: unknown): boolean {
  const left = [data];
  let count = 0;
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    const below: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    count += below.length;
    if (count > LIMITS.requestValuesMax) return true;
    left.push(...below);
  }
  return false;
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}

const RFC_3339 = formats.default.get('date-time') as { validate: (text: string) => boolean };

/** A leap second is a time too, but none that can be told from the next second: it is refused. */
const isTime = (text: string): boolean => RFC_3339.validate(text) && !Number.isNaN(epochMs(text));
