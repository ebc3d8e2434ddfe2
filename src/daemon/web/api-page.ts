import { escaped } from './escaped.ts';
import {
  exampleOf,
  propertiesHtml,
  resolved,
  rowHtml,
  tableHtml,
  typeHtml,
  type Schema,
  type Schemas,
} from './schema-html.ts';

/** What the page needs of an OpenAPI document. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>> | undefined>>;
  readonly components?: { readonly schemas?: Schemas };
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name?: string;
    readonly in?: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content }>
  >;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

/** The description of the API as a page for people, from the very document that programs read. Pure. */
export function apiPage({ info, paths = {}, components = {} }: ApiDocument): string {
  const { schemas = {} } = components;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? 'other'))];
  const sections = tags.map((tag) => {
    const ofTag = operations.filter(({ operation }) => (operation.tags?.[0] ?? 'other') === tag);
    return `<h2>${escaped(tag)}</h2>${ofTag.map((place) => operationHtml(place, schemas)).join('')}`;
  });
  const title = `${escaped(info.title)} ${escaped(info.version)}: the API`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/assets/style.css"></head><body><main><h1>${title}</h1><p>For programs: <a href="/openapi.json">/openapi.json</a>. The page for people is <a href="/">here</a>.</p>${sections.join('')}${shapesHtml(schemas)}</main></body></html>`;
}

interface OperationPlace {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function operationHtml({ path, method, operation }: OperationPlace, schemas: Schemas): string {
  const {
    summary = '',
    description = '',
    parameters = [],
    requestBody,
    responses = {},
  } = operation;
  const taken = parameters.map(
    ({ name = '', in: place = '', required = false, description: what = '', schema = {} }) =>
      rowHtml(name, typeHtml(schema), required ? `${place}, required` : place, escaped(what)),
  );
  const answers = Object.entries(responses).map(
    ([status, { description: what = '', content = {} }]) =>
      rowHtml(status, contentHtml(content), escaped(what)),
  );
  return [
    `<details><summary><code>${escaped(method.toUpperCase())} ${escaped(path)}</code> ${escaped(summary)}</summary>`,
    `<p>${escaped(description)}</p>`,
    taken.length === 0
      ? ''
      : tableHtml('Parameters', ['name', 'type', 'where', 'what it is'], taken),
    bodyHtml(requestBody?.content ?? {}, schemas),
    tableHtml('Answers', ['status', 'body', 'what it says'], answers),
    '</details>',
  ].join('');
}

/** What is to be sent: its properties, and an example. */
const bodyHtml = (content: Content, schemas: Schemas): string =>
  Object.entries(content)
    .map(([type, { schema = {} }]) => {
      const isOptional = schema.anyOf?.some((one) => one.type === 'null') === true;
      const about = resolved(schema, schemas).description ?? '';
      const example = JSON.stringify(exampleOf(schema, schemas), null, 2);
      return [
        `<p>Body, ${escaped(type)}${isOptional ? ', may be left out' : ''}: ${typeHtml(schema)}. ${escaped(about)}</p>`,
        propertiesHtml(schema, schemas, 'Body'),
        `<p>For example:</p><pre tabindex="0"><code>${escaped(example)}</code></pre>`,
      ].join('');
    })
    .join('');

const contentHtml = (content: Content): string =>
  Object.entries(content)
    .map(([type, { schema }]) =>
      schema === undefined ? escaped(type) : `${escaped(type)}: ${typeHtml(schema)}`,
    )
    .join('; ');

/** Every shape with a name, for what leads to it. */
function shapesHtml(schemas: Schemas): string {
  const shapes = Object.entries(schemas).map(
    ([name, schema]) =>
      `<h3 id="shape-${escaped(name)}">${escaped(name)}</h3><p>${escaped(schema.description ?? '')}</p>${propertiesHtml(schema, schemas, name) || `<p>${typeHtml(schema)}</p>`}`,
  );
  return `<h2>Shapes</h2>${shapes.join('')}`;
}
