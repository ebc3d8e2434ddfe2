import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';

import { serverHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

test('what requests are checked by and answers described by are schemas: the server takes it for granted', async () => {
  await using home = await temporaryFolder();
  await using server = await serverHere(home.path);
  const { body } = await server.ask('GET', '/openapi.json');
  const { paths, components } = body as Described;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const schemas = { ...components.schemas, ...Object.fromEntries(schemasBelow(paths, '')) };
  expect(Object.keys(schemas).length).toBeGreaterThan(100);
  for (const [place, schema] of Object.entries(schemas)) {
    await ajv.validateSchema(schema);
    expect(ajv.errors ?? [], place).toEqual([]);
  }
});

/** Every value of a property `schema`, with its place. */
function schemasBelow(node: unknown, place: string): [string, object][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    key === 'schema' && typeof value === 'object' && value !== null
      ? [[place, value] as [string, object]]
      : schemasBelow(value, `${place}/${key}`),
  );
}
