import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import { epochMs } from '../../base/clock.ts';

interface RoutePart {
  readonly schema: unknown;
  readonly httpPart?: string;
}

/**
 * Text of query and path becomes numbers, booleans and lists as the schema says; a body is taken as it is.
 * A check is made when it is needed first: to make all of them takes most of a start, and 100 MB for a while.
 */
export function requestChecks(shared: unknown): (route: RoutePart) => never {
  const make = (coerceTypes: 'array' | false) => (): Ajv2020 => {
    // That the schemas are schemas is known by a test.
    const rules = { allErrors: true, strict: false, useDefaults: true, validateSchema: false };
    const ajv = new Ajv2020({ ...rules, coerceTypes });
    formats.default(ajv);
    ajv.addFormat('date-time', isTime);
    for (const schema of Object.values(shared as Record<string, object>)) ajv.addSchema(schema);
    return ajv;
  };
  const [strict, coercing] = [once(make(false)), once(make('array'))];
  return ({ schema, httpPart }) =>
    checkOf(once(() => (httpPart === 'body' ? strict : coercing)().compile(schema as object)));
}

function checkOf(compiled: () => ValidateFunction): never {
  const check = (data: unknown): boolean => {
    const validate = compiled();
    const isValid = validate(data);
    check.errors = validate.errors;
    return isValid;
  };
  check.errors = undefined as ValidateFunction['errors'];
  return check as never;
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}

const RFC_3339 = formats.default.get('date-time') as { validate: (text: string) => boolean };

/** A leap second is a time too, but none that can be told from the next second: it is refused. */
const isTime = (text: string): boolean => RFC_3339.validate(text) && !Number.isNaN(epochMs(text));
