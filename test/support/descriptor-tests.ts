import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import {
  expandCommand,
  isJsonArray,
  isJsonObject,
  parseDescriptor,
  parseInvocation,
  plainOf,
  type JsonObject,
  type RawValue,
} from '../../src/descriptor/index.ts';

/** One of a Boutiques descriptor's own tests, ready to run and to compare. */
export interface OwnTest {
  readonly name: string;
  readonly argv: readonly string[];
  readonly exitCode: number;
  /** md5 by path below the working directory. */
  readonly md5: Readonly<Record<string, string>>;
}

/** The `tests` of a Boutiques descriptor (schema 0.5), each with its command expanded. */
export function ownTests(descriptorPath: string): OwnTest[] {
  const { descriptor, document } = parseDescriptor(readFileSync(descriptorPath, 'utf8'));
  const tests = objectOf(document?.root).get('tests');
  if (descriptor === undefined || !isJsonArray(tests)) throw new TypeError('no tests there');
  return tests.map((item) => {
    const test = objectOf(item);
    const user = Object.fromEntries(
      [...objectOf(test.get('invocation'))].map(([id, value]): [string, RawValue] => [
        id,
        { kind: 'json', value },
      ]),
    );
    const { invocation } = parseInvocation(descriptor, { user });
    const command = expandCommand(descriptor, invocation!);
    const assertions = plainOf(test.get('assertions')!) as Assertions;
    const md5 = (assertions['output-files'] ?? []).flatMap((file) => {
      const path = command.outputs.find(({ id }) => id === file.id)!.path;
      return file['md5-reference'] === undefined ? [] : [[path, file['md5-reference']]];
    });
    return {
      name: plainOf(test.get('name')!) as string,
      argv: command.argv,
      exitCode: assertions['exit-code'],
      md5: Object.fromEntries(md5) as Record<string, string>,
    };
  });
}

export const md5Of = (path: string): string =>
  createHash('md5').update(readFileSync(path)).digest('hex');

interface Assertions {
  readonly 'exit-code': number;
  readonly 'output-files'?: readonly { readonly id: string; readonly 'md5-reference'?: string }[];
}

function objectOf(value: unknown): JsonObject {
  if (value instanceof Map && isJsonObject(value as JsonObject)) return value as JsonObject;
  throw new TypeError('not a JSON object');
}
