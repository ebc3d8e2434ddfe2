import { escaped } from './escaped.ts';

/** What this reads of a JSON schema (draft 2020-12, as OpenAPI 3.1 has it). */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

export type Schemas = Readonly<Record<string, Schema>>;

/** Objects within objects that are shown with what holds them. */
const LEVELS = 3;

/** The schema that is meant: what a reference leads to. */
export const resolved = (schema: Schema, schemas: Schemas): Schema =>
  schema.$ref === undefined ? schema : (schemas[nameOf(schema.$ref)] ?? {});

const nameOf = (reference: string): string => reference.split('/').at(-1) ?? '';

const alternativesOf = ({ anyOf, oneOf }: Schema): readonly Schema[] => anyOf ?? oneOf ?? [];

/** A table of the properties of an object, those of objects in it by dotted names; empty where it has none. */
export function propertiesHtml(schema: Schema, schemas: Schemas, caption: string): string {
  const rows = rowsOf(resolved(schema, schemas), '', LEVELS, schemas);
  return rows.length === 0
    ? ''
    : tableHtml(caption, ['name', 'type', '', 'what it is'], [...new Set(rows)]);
}

/** A table with a caption; cells of `rows` are HTML already, a row as one text. */
export const tableHtml = (
  caption: string,
  heads: readonly string[],
  rows: readonly string[],
): string =>
  `<table><caption>${escaped(caption)}</caption><thead><tr>${heads
    .map((head) => (head === '' ? '<td></td>' : `<th scope="col">${escaped(head)}</th>`))
    .join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;

/** One row of it; the first cell names it. */
export const rowHtml = (name: string, ...cells: readonly string[]): string =>
  `<tr><th scope="row"><code>${escaped(name)}</code></th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

function rowsOf(schema: Schema, prefix: string, levels: number, schemas: Schemas): string[] {
  if (levels === 0) return [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const place = `${prefix}${name}`;
    const isRequired = schema.required?.includes(name) === true;
    return [
      rowHtml(
        place,
        typeHtml(property),
        isRequired ? 'required' : '',
        escaped(resolved(property, schemas).description ?? ''),
      ),
      // A named shape has its own table.
      ...(property.$ref === undefined ? rowsOf(property, `${place}.`, levels - 1, schemas) : []),
      ...rowsOf(property.items ?? {}, `${place}[].`, levels - 1, schemas),
    ];
  });
  const others = alternativesOf(schema).flatMap((one) =>
    rowsOf(prefix === '' ? resolved(one, schemas) : one, prefix, levels - 1, schemas),
  );
  return [...own, ...others];
}

/** What a value is: its type in words, with its bounds; shapes with a name as links to them. */
export function typeHtml(schema: Schema): string {
  const { $ref, type, items } = schema;
  if ($ref !== undefined) {
    const name = escaped(nameOf($ref));
    return `<a href="#shape-${name}">${name}</a>`;
  }
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeHtml))].join(' or ');
  if (schema.const !== undefined) return `<code>${escaped(JSON.stringify(schema.const))}</code>`;
  if (schema.enum !== undefined)
    return `one of ${schema.enum.map((one) => `<code>${escaped(JSON.stringify(one))}</code>`).join(', ')}`;
  const words = [type ?? 'anything'].flat().map((word) => WORDS[word] ?? word);
  const told = `${escaped(words.join(' or '))}${boundsOf(schema)}`;
  return items === undefined ? told : `${told} of: ${typeHtml(items)}`;
}

const WORDS: Readonly<Record<string, string>> = { array: 'list', string: 'text' };

function boundsOf({ format, minimum, maximum, maxLength, maxItems }: Schema): string {
  const bounds = [
    ...(format === undefined ? [] : [format]),
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} letters`]),
    ...(maxItems === undefined ? [] : [`at most ${maxItems}`]),
  ];
  return bounds.length === 0 ? '' : escaped(` (${bounds.join(' ')})`);
}

/** A value that a schema takes: its own example, else what it requires, else one thing that it may have. */
export function exampleOf(schema: Schema, schemas: Schemas, name = 'text'): unknown {
  const known = [
    ...(schema.examples ?? []),
    schema.const ?? schema.default,
    ...(schema.enum ?? []),
  ];
  const [first] = known.filter((value) => value !== undefined);
  if (first !== undefined) return first;
  if (schema.$ref !== undefined) {
    // A shape that holds itself ends here.
    const { [nameOf(schema.$ref)]: meant = {}, ...others } = schemas;
    return exampleOf(meant, others, name);
  }
  const [alternative] = alternativesOf(schema);
  if (alternative !== undefined) return exampleOf(alternative, schemas, name);
  const [type = ''] = [schema.type].flat();
  switch (type) {
    case 'object': {
      const { properties = {}, required = [] } = schema;
      const shown = required.length > 0 ? required : Object.keys(properties).slice(0, 1);
      return Object.fromEntries(
        shown.map((key) => [key, exampleOf(properties[key] ?? {}, schemas, key)]),
      );
    }
    case 'array':
      return [exampleOf(schema.items ?? {}, schemas, name)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return schema.format === 'date-time' ? '2030-01-01T12:00:00Z' : name;
  }
}
