import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** What is checked of an answer; `answer` is undefined where there is no body. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly response: Pick<Response, 'status'> & { readonly headers: Pick<Headers, 'get'> };
  readonly answer: unknown;
}

export type ResponseCheck = (answered: Answered) => void;

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** Holds answers to the description that the server itself gives. Throws on one that is not described. */
export async function responseCheck(url: string): Promise<ResponseCheck> {
  const description = (await (await fetch(`${url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, object>> };
  };
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'openapi', components: description.components });
  const compiled = new Map<object, ValidateFunction>();
  const patterns = Object.keys(description.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll('{*}', '(.+)').replaceAll(/\{[^}]+\}/g, '([^/]+)')}$`),
  }));
  return ({ method, path, response: { status, headers }, answer }) => {
    const type = (headers.get('content-type') ?? '').split(';')[0] ?? '';
    const plain = `/runner/v1${path.split('?')[0] ?? ''}`;
    const known = patterns
      .filter(({ pattern }) => pattern.test(plain))
      .sort((one, other) => one.path.split('{').length - other.path.split('{').length)[0];
    const operation =
      known && description.paths[known.path]?.[(method === 'HEAD' ? 'GET' : method).toLowerCase()];
    if (operation === undefined) {
      if (status === 404) return;
      throw new Error(`${method} ${path} is not described, and was answered with ${status}`);
    }
    const { responses } = operation;
    const response = responses[String(status)] ?? responses[`${String(status).charAt(0)}XX`];
    if (response === undefined) throw new Error(`${method} ${path}: ${status} is not described`);
    if (answer === undefined) return;
    const { content = {} } = response;
    const schema = (content[type] ?? content['*/*'])?.schema;
    if (schema === undefined)
      throw new Error(`${method} ${path}: ${status} with ${type} is not described`);
    const validate = compiled.get(schema) ?? ajv.compile(withLocalReferences(schema) as object);
    compiled.set(schema, validate);
    if (!validate(answer))
      throw new Error(
        `${method} ${path} (${status}) is not as described: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(answer).slice(0, 2_000)}`,
      );
  };
}

function withLocalReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withLocalReferences);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' && value.startsWith('#/')
        ? `openapi${value}`
        : withLocalReferences(value),
    ]),
  );
}
