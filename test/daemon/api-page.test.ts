import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect, test } from 'vitest';

import { apiPage, type ApiDocument } from '../../src/daemon/web/api-page.ts';
import { exampleOf, type Schema } from '../../src/daemon/web/schema-html.ts';
import { serverHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, object>>;
}
interface Document extends ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The section of one operation on the page. */
const sectionOf = (page: string, method: string, path: string): string =>
  page
    .split('<details>')
    .find((part) => part.includes(`<code>${method.toUpperCase()} ${path}</code>`))
    ?.split('</details>')[0] ?? '';

test('the page of the API has of each operation what is sent, with its properties and an example that is one, and each answer', async () => {
  await using home = await temporaryFolder();
  await using server = await serverHere(home.path);
  const { body } = await server.ask('GET', '/openapi.json');
  const { paths, components } = body as Document;
  const { text: page, headers } = await server.ask('GET', '/docs');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|style=|https?:\/\/(?!127|tus)[^"<]*"/);
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  for (const [name, schema] of Object.entries(components.schemas))
    ajv.addSchema(schema, `#/components/schemas/${name}`);
  let bodies = 0;
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { requestBody, responses }] of Object.entries(methods)) {
      const section = sectionOf(page, method, path);
      for (const status of Object.keys(responses))
        expect(section).toContain(`<code>${status}</code>`);
      for (const { schema } of Object.values(requestBody?.content ?? {})) {
        bodies += 1;
        const names = namesOf(schema, components.schemas);
        expect(names, path).not.toEqual([]);
        for (const name of names) expect(section, path).toContain(`<code>${name}</code></th>`);
        const example = exampleOf(schema, components.schemas);
        const isOne = ajv.compile({ ...components, ...schema });
        expect(isOne(example), `${method} ${path} ${JSON.stringify([example, isOne.errors])}`).toBe(
          true,
        );
      }
    }
  expect(bodies).toBeGreaterThan(12);
  // What leads somewhere on the page leads to something.
  for (const [, target] of page.matchAll(/href="#([^"]+)"/g))
    expect(page).toContain(`id="${target}"`);
});

test('what a description holds is text on the page, and shapes that hold themselves end', () => {
  const loop: Schema = {
    type: 'object',
    properties: { in: { $ref: '#/x/Loop' } },
    required: ['in'],
    anyOf: [{ $ref: '#/x/Loop' }],
  };
  const page = apiPage({
    info: { title: '<b>', version: '1' },
    paths: {
      '/a': {
        post: {
          requestBody: { content: { 'a/b': { schema: { $ref: '#/x/Loop' } } } },
          summary: '<i>&',
        },
      },
    },
    components: { schemas: { Loop: loop } },
  });
  expect(page).toContain('&lt;i&gt;&amp;');
  expect(page).not.toContain('<b>');
});

/** Properties at the top of a body. */
function namesOf(schema: Schema, schemas: Readonly<Record<string, Schema>>): string[] {
  const found =
    schema.$ref === undefined ? schema : (schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  return [
    ...Object.keys(found.properties ?? {}),
    ...[...(found.anyOf ?? []), ...(found.oneOf ?? [])].flatMap((one) => namesOf(one, schemas)),
  ];
}
