import fc from 'fast-check';

import { strayBodies, bodiesOf } from './api-bodies.ts';
import { strangeText, valuesOf, type SchemaNode, type ValueWorld } from './schema-values.ts';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Percent-encoded, perhaps wrongly. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly schema: SchemaNode;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: SchemaNode }>>;
  };
}

/** The API's description, as far as requests are made from it. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, SchemaNode>> };
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const OTHER_PATHS = [
  '/',
  '/openapi.json',
  '/docs',
  '/metrics',
  '/health/ready',
  '/runner/v1',
  '/x',
];

/**
 * Requests of every route and method that a description names, and of some that it does not: mostly
 * as it says, and at any place wrong.
 *
 * @param known values that mean something, by the name of the property or parameter that holds them
 */
export function apiRequests(
  { paths, components }: Description,
  known: ValueWorld['known'],
): fc.Arbitrary<WireRequest> {
  const world = { schemas: components.schemas, known };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      requestsOf(method.toUpperCase(), path, operation, world),
    ),
  );
  const elsewhere = fc
    .tuple(
      fc.constantFrom(...METHODS),
      fc.constantFrom(...Object.keys(paths), ...OTHER_PATHS),
      fc.constantFrom(...Object.keys(paths)),
    )
    .chain(([method, path, like]) => {
      const { parameters = [] } = Object.values(paths[like] ?? {})[0] ?? {};
      return requestsOf(method, path, { parameters }, world);
    });
  return fc.oneof({ weight: 12, arbitrary: fc.oneof(...described) }, elsewhere);
}

function requestsOf(
  method: string,
  path: string,
  { parameters = [], requestBody }: Operation,
  world: ValueWorld,
): fc.Arbitrary<WireRequest> {
  const of = (place: Parameter['in']): readonly Parameter[] =>
    parameters.filter((parameter) => parameter.in === place);
  const schema = requestBody?.content['application/json']?.schema;
  return fc
    .record({
      target: pathsOf(path, of('path'), world),
      query: queriesOf(of('query'), world),
      headers: headersOf(of('header'), world),
      sent: schema === undefined ? strayBodies : bodiesOf(valuesOf(schema, world)),
    })
    .map(({ target, query, headers, sent }) => ({
      method,
      path: `${target}${query}`,
      headers: { ...sent.headers, ...headers },
      body: sent.body,
    }));
}

/** Never throws: half a character is replaced, as a browser does. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** Parts of a path as they are meant, or as no client writes them. */
const strangePart = fc.oneof(
  strangeText.map((text) => encoded(text.slice(0, 3_000))),
  fc.constantFrom(
    '%zz',
    '%',
    '%c0%af',
    '%00',
    '..',
    '.',
    '%2e%2e',
    '%2f',
    'a%2fb',
    '',
    ';a=1',
    '*',
  ),
  fc.constantFrom('x'.repeat(100), 'x'.repeat(9_000)),
);

function pathsOf(
  path: string,
  parameters: readonly Parameter[],
  world: ValueWorld,
): fc.Arbitrary<string> {
  const parts = path.split('/').map((part): fc.Arbitrary<string> => {
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name === undefined) return fc.constant(part);
    const schema = parameters.find((parameter) => parameter.name === name)?.schema ?? {};
    return fc.oneof(
      {
        weight: 8,
        arbitrary: valuesOf(schema, world, name).map((value) => encoded(textOf(value))),
      },
      { weight: 1, arbitrary: strangePart },
    );
  });
  const whole = fc.tuple(...parts).map((texts) => texts.join('/'));
  return fc.oneof(
    { weight: 50, arbitrary: whole },
    whole.map((text) => `${text}/`),
    whole.map((text) => text.replaceAll('/', '//')),
    fc.tuple(whole, strangePart).map(([text, part]) => `${text}/${part}`),
    whole.map((text) => text.toUpperCase()),
  );
}

function queriesOf(parameters: readonly Parameter[], world: ValueWorld): fc.Arbitrary<string> {
  const pairs = parameters.map(({ name, schema }) =>
    fc
      .option(
        fc.oneof(
          { weight: 8, arbitrary: valuesOf(schema, world, name) },
          { weight: 1, arbitrary: strangeText },
        ),
        { freq: 2 },
      )
      .map((value) =>
        value === null
          ? ''
          : (Array.isArray(value) ? value : [value])
              .map((one: unknown) => `${name}=${encoded(textOf(one)).slice(0, 3_000)}`)
              .join('&'),
      ),
  );
  const stray = fc.option(
    fc.constantFrom(
      'x=1',
      '__proto__=1',
      'limit[]=1',
      'limit=1&limit=2',
      '&&==',
      '%=%',
      '?',
      '%ff=1',
    ),
    { freq: 10 },
  );
  return fc.tuple(stray, ...pairs).map((texts) => {
    const query = texts.filter((text) => text !== null && text !== '').join('&');
    return query === '' ? '' : `?${query}`;
  });
}

/** What may stand in a header's value as it goes over the wire. */
const headerText = (value: unknown): string =>
  textOf(value)
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')
    .slice(0, 2_000);

const STRAY_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { accept: 'text/html;q=0.1, */*;q=0' },
  { 'accept-encoding': 'br, gzip' },
  { 'x-forwarded-for': '1.2.3.4' },
  { 'x-http-method-override': 'DELETE' },
  { 'last-event-id': '1-2-3' },
  { 'last-event-id': '99999999999999999999' },
  { range: 'bytes=0-0,2-3' },
  { range: 'bytes=99999999999999999999-' },
  { 'if-none-match': '"' },
  { 'if-range': 'yesterday' },
  { authorization: 'Bearer' },
  { origin: 'null' },
  { host: 'evil.example' },
  { host: '127.0.0.1:99999' },
  { cookie: `a=${'b'.repeat(3_000)}` },
  { traceparent: '00-0-0-0' },
  { expect: '100-continue' },
  { 'idempotency-key': 'é\t' },
];

const TUS_HEADERS: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .record(
    {
      'tus-resumable': fc.constantFrom('1.0.0', '0.2.2', ''),
      'upload-length': fc.constantFrom('0', '5', '1e3', '-1', '99999999999999999999', '5, 5'),
      'upload-offset': fc.constantFrom('0', '5', '-1', 'x', '99999999999999999999'),
      'upload-metadata': fc.constantFrom(
        'filename YQ==',
        'filename',
        ',,',
        'filename ../',
        'a b c',
        '',
      ),
      'upload-defer-length': fc.constantFrom('1', '2'),
      'upload-concat': fc.constantFrom('partial', 'final;/a'),
      'content-type': fc.constantFrom('application/offset+octet-stream', 'text/plain'),
    },
    { requiredKeys: ['tus-resumable'] },
  )
  .map((headers) => headers as Readonly<Record<string, string>>);

function headersOf(
  parameters: readonly Parameter[],
  world: ValueWorld,
): fc.Arbitrary<Readonly<Record<string, string>>> {
  const declared = fc
    .record(
      Object.fromEntries(
        parameters.map(({ name, schema }) => [name, valuesOf(schema, world, name).map(headerText)]),
      ),
      { requiredKeys: [] },
    )
    .map((headers) => headers as Readonly<Record<string, string>>);
  const stray = fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constantFrom(...STRAY_HEADERS) },
    { weight: 1, arbitrary: TUS_HEADERS },
  );
  return fc.tuple(declared, stray).map(([some, more]) => ({ ...some, ...more }));
}
