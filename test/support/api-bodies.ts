import fc from 'fast-check';
import { gzipSync } from 'node:zlib';

import { strangeText } from './schema-values.ts';

/** A body with the headers that say what it is. */
export interface SentBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** Types that are not taken, not known or not written as types are. */
const STRANGE_TYPES = [
  'application/json; charset=utf-16',
  'application/json;',
  'APPLICATION/JSON',
  'application/problem+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=',
  'text/plain',
  'json',
  '/',
  'application/offset+octet-stream',
];

/** Other writings of a JSON text, most of which are none. */
const REWRITTEN: readonly ((text: string) => Buffer)[] = [
  (text) => Buffer.from(text.slice(0, -1)),
  (text) => Buffer.from(`${text}${text}`),
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.concat([Buffer.from(text.slice(0, 3)), Buffer.from([0xff, 0xc0, 0x80])]),
  (text) => Buffer.from(text.replaceAll(/\d+/g, '1e999')),
  (text) => Buffer.from(text.replaceAll(/\d+/g, '123456789012345678901234567890.5')),
  (text) => Buffer.from(text.replace('{', '{"__proto__":{"a":1},')),
  (text) => Buffer.from(text.replace('{', '{"constructor":{"prototype":{"a":1}},')),
  (text) => Buffer.from(text.replace(/"[^"]*":/, (key) => `${key}1,${key}`)),
  (text) => Buffer.from(`${' '.repeat(100_000)}${text}`),
  (text) => Buffer.from(`/* */${text}`),
  (text) => Buffer.from(text.replaceAll('"', "'")),
  () => Buffer.from('['.repeat(50_000)),
  () => Buffer.alloc(0),
  () => Buffer.from('NaN'),
];

/** Bodies of JSON values: most as they should be, some in another writing or under another name. */
export function bodiesOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<SentBody> {
  const texts = values.map((value) => JSON.stringify(value));
  const plain = (text: string): SentBody => ({ headers: JSON_TYPE, body: Buffer.from(text) });
  return fc.oneof(
    { weight: 12, arbitrary: texts.map(plain) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(texts, fc.constantFrom(...REWRITTEN))
        .map(([text, rewrite]) => ({ headers: JSON_TYPE, body: rewrite(text) })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(texts, fc.constantFrom(...STRANGE_TYPES)).map(([text, type]) => ({
        headers: { 'content-type': type },
        body: Buffer.from(text),
      })),
    },
    {
      weight: 1,
      arbitrary: texts.map((text) => ({
        headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
        body: gzipSync(text),
      })),
    },
    { weight: 1, arbitrary: fc.constant({ headers: {}, body: undefined }) },
  );
}

/** Bodies where none is expected. */
export const strayBodies: fc.Arbitrary<SentBody> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ headers: {}, body: undefined }) },
  { weight: 1, arbitrary: bodiesOf(strangeText) },
);
