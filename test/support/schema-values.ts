import fc from 'fast-check';

import { hostileText } from './hostile-text.ts';

/** A JSON Schema (2020-12), as far as the API's description uses it. */
export type SchemaNode = Readonly<Record<string, unknown>>;

export interface ValueWorld {
  /** What `#/components/schemas/NAME` refers to. */
  readonly schemas: Readonly<Record<string, SchemaNode>>;
  /** Values that mean something, by the name of the property or parameter that holds them. */
  readonly known: Readonly<Record<string, readonly unknown[]>>;
}

/** Nothing that is meant nests deeper; a schema that refers to itself ends here. */
const DEPTH_MAX = 6;

/** Text no client means: NUL, half a character, control characters, too long, a path that climbs. */
export const strangeText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['', ' ', '\0', 'a\0b', '\ud800', '\udc00\ud800', '\ufffe', '\u202e', '__proto__'],
    ...['../../etc/passwd', '/dev/zero', 'file:///etc/passwd', '%00', '%2e%2e%2f', 'NaN', '-1'],
    ...['1e999', '0x10', 'null', 'true', '{}', "' OR 1=1 --", '${jndi:x}', 'constructor'],
    ...['x'.repeat(256), 'é'.repeat(5_000), 'x'.repeat(70_000), '\\'.repeat(300)],
  ),
  hostileText,
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Instants, also those that are none. */
const timeText: fc.Arbitrary<string> = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    ...['2999-01-01T00:00:00Z', '2001-01-01T00:00:00.123456789+23:59', '2026-02-30T00:00:00Z'],
    ...['9999-12-31T23:59:60Z', '0000-01-01T00:00:00Z', '2026-01-01 00:00:00', '1', '2026-W01'],
  ),
);

/** A value of another kind than any schema asks for. */
export const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -0, -1, 0.5, 1e308, 2 ** 53, -(2 ** 63), [], {}, [[]]),
  strangeText,
  fc.jsonValue({ maxDepth: 2 }),
  fc.nat(150).map(nested),
);

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/**
 * Values as a schema has them, where at any place something strange may stand in place of what is
 * meant: so most of what is made gets past the first check, and is wrong behind it.
 *
 * @param name of the property or parameter that holds it, where it has one
 */
export function valuesOf(
  schema: SchemaNode,
  world: ValueWorld,
  name = '',
  depth = 0,
): fc.Arbitrary<unknown> {
  const known = world.known[name] ?? [];
  return fc.oneof(
    { weight: 30, arbitrary: depth > DEPTH_MAX ? strangeValue : meant(schema, world, depth) },
    { weight: 1, arbitrary: strangeValue },
    ...(known.length === 0 ? [] : [{ weight: 60, arbitrary: fc.constantFrom(...known) }]),
  );
}

function meant(schema: SchemaNode, world: ValueWorld, depth: number): fc.Arbitrary<unknown> {
  const { $ref, anyOf, oneOf, enum: choices, type } = schema;
  const below = (node: SchemaNode): fc.Arbitrary<unknown> => valuesOf(node, world, '', depth + 1);
  if (typeof $ref === 'string') {
    const target = world.schemas[$ref.slice($ref.lastIndexOf('/') + 1)];
    if (target === undefined) throw new Error(`the description has no ${$ref}`);
    return meant(target, world, depth);
  }
  const unions = anyOf ?? oneOf;
  if (Array.isArray(unions)) return fc.oneof(...unions.map((node) => below(node as SchemaNode)));
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as unknown[]));
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => below({ ...schema, type: one })));
  switch (type) {
    case 'object':
      return objects(schema, world, depth);
    case 'array':
      return fc.array(below((schema['items'] ?? {}) as SchemaNode), { maxLength: 3 });
    case 'string':
      return schema['format'] === 'date-time' ? timeText : texts(schema);
    case 'integer':
      return fc.oneof(
        integers(schema),
        fc.constantFrom(schema['minimum'] ?? 0, schema['maximum'] ?? 0),
      );
    case 'number':
      return fc.oneof(fc.double(), fc.nat(10));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return strangeValue;
  }
}

const texts = ({ minLength, maxLength }: SchemaNode): fc.Arbitrary<string> =>
  fc.oneof(
    strangeText,
    fc.string({
      unit: 'grapheme',
      minLength: typeof minLength === 'number' ? minLength : 0,
      maxLength: typeof maxLength === 'number' ? maxLength : 60,
    }),
  );

const integers = ({ minimum, maximum }: SchemaNode): fc.Arbitrary<number> =>
  fc.integer({
    min: typeof minimum === 'number' ? minimum : -10,
    max: typeof maximum === 'number' ? maximum : 1_000,
  });

/** With all that is required, or without some of it, and now and then with something of no meaning. */
function objects(schema: SchemaNode, world: ValueWorld, depth: number): fc.Arbitrary<unknown> {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, SchemaNode>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const model = Object.fromEntries(
    Object.entries(properties).map(([key, node]) => [key, valuesOf(node, world, key, depth + 1)]),
  );
  const more = fc.option(fc.tuple(strangeText, strangeValue), {
    freq: Object.keys(model).length === 0 ? 1 : 12,
  });
  return fc
    .tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.record(model, { requiredKeys: [...required] }) },
        { weight: 1, arbitrary: fc.record(model, { requiredKeys: [] }) },
      ),
      more,
    )
    .map(([object, extra]): unknown =>
      // By entries: `__proto__` is then a property like any other, as it is in JSON.
      extra === null ? object : Object.fromEntries([...Object.entries(object), extra]),
    );
}
