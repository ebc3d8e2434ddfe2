/** What the page needs of an OpenAPI document. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>> | undefined>>;
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
  }[];
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}

/** The description of the API as a page for people, from the very document that programs read. Pure. */
export function apiPage({ info, paths = {} }: ApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? 'other'))];
  const sections = tags.map((tag) => {
    const ofTag = operations.filter(({ operation }) => (operation.tags?.[0] ?? 'other') === tag);
    return `<h2>${escaped(tag)}</h2>${ofTag.map(operationHtml).join('')}`;
  });
  const title = `${escaped(info.title)} ${escaped(info.version)}: the API`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/assets/style.css"></head><body><main><h1>${title}</h1><p>For programs: <a href="/openapi.json">/openapi.json</a>. The page for people is <a href="/">here</a>.</p>${sections.join('')}</main></body></html>`;
}

interface OperationPlace {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function operationHtml({ path, method, operation }: OperationPlace): string {
  const { summary = '', description = '', parameters = [], responses = {} } = operation;
  const rows = [
    ...parameters.map(({ name = '', in: place = '', required = false, description: what = '' }) => [
      name,
      required ? `${place}, required` : place,
      what,
    ]),
    ...Object.entries(responses).map(([status, { description: what = '' }]) => [
      status,
      'answer',
      what,
    ]),
  ];
  const body = rows
    .map((cells) => `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`)
    .join('');
  return `<details><summary><code>${escaped(method.toUpperCase())} ${escaped(path)}</code> ${escaped(summary)}</summary><p>${escaped(description)}</p><table>${body}</table></details>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
