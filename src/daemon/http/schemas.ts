import { readFileSync } from 'node:fs';

import { SCHEMAS_FOLDER } from '../../site/index.ts';

/** A JSON Schema (2020-12), as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>;

/** What is published of runs, under the names that the API's description gives to their parts. */
const PUBLISHED = { 'run-event.schema.json': 'RunEvent', 'run-record.schema.json': 'RunRecord' };

/**
 * The schemas of `schemas/`, each part a schema of its own (`RunEvent`, `RunEventState` …): what is
 * checked, what is described and what is published are the same.
 */
export function publishedSchemas(): Schema[] {
  return Object.entries(PUBLISHED).flatMap(([file, name]) => {
    const {
      $schema: _dialect,
      $id: _id,
      $defs,
      ...root
    } = JSON.parse(readFileSync(new URL(file, SCHEMAS_FOLDER), 'utf8')) as Record<
      string,
      unknown
    > & {
      readonly $defs?: Readonly<Record<string, unknown>>;
    };
    const parts = Object.entries($defs ?? {}).map(([part, schema]) => ({
      $id: partName(name, part),
      ...(withNames(schema, name) as Schema),
    }));
    return [...parts, { $id: name, ...(withNames(root, name) as Schema) }];
  });
}

const partName = (name: string, part: string): string =>
  `${name}${part.charAt(0).toUpperCase()}${part.slice(1)}`;

/** The same schema, its references by the names of parts. */
function withNames(node: unknown, name: string): unknown {
  if (Array.isArray(node)) return node.map((item) => withNames(item, name));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' ? reference(value, name) : withNames(value, name),
    ]),
  );
}

function reference(text: string, name: string): string {
  const [file = '', pointer = ''] = text.split('#');
  const owner = file === '' ? name : PUBLISHED[file as keyof typeof PUBLISHED];
  const part = pointer.replace('/$defs/', '');
  return `${part === '' ? owner : partName(owner, part)}#`;
}

/** Refers to a shared schema by its name. */
export const ref = (name: string): Schema => ({ $ref: `${name}#` });

/** An object with these properties and no others. */
export const object = (
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = Object.keys(properties),
  more: Schema = {},
): Schema => ({ type: 'object', properties, required, additionalProperties: false, ...more });

export const list = (items: Schema): Schema => ({ type: 'array', items });
export const text = (description: string, more: Schema = {}): Schema => ({
  type: 'string',
  description,
  ...more,
});
export const count = (description: string, more: Schema = {}): Schema => ({
  type: 'integer',
  minimum: 0,
  description,
  ...more,
});
export const flag = (description: string): Schema => ({ type: 'boolean', description });
export const time = (description: string): Schema => ({
  type: 'string',
  format: 'date-time',
  description,
});

/** Shared by all routes beside the published ones. */
export const SHARED_SCHEMAS: readonly Schema[] = [
  {
    $id: 'Problem',
    description: 'A failure (RFC 9457).',
    ...object(
      {
        type: text('Names the code.'),
        title: text('What kind of failure this is.'),
        status: count('The HTTP status.'),
        detail: text('What failed, where, which value and rule.'),
        code: text('Stable, for programs; docs/errors.md explains each.'),
        hint: text('What to try.'),
        details: { type: 'object', description: 'Facts for programs.' },
        instance: text('The id of the request.'),
      },
      ['type', 'title', 'status', 'detail', 'code', 'instance'],
    ),
  },
];
