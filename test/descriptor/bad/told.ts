import {
  type Diagnostic,
  parseDescriptor,
  parseInvocation,
  parseInvocationText,
  type RawValues,
} from '../../../src/descriptor/index.ts';
import { type BadInvocation, DESCRIPTOR_TEXT } from './invocation-cases.ts';

/** What is told of values, read as a person gave them: on a command line, or in a file. */
export async function toldOf(bad: BadInvocation): Promise<readonly Diagnostic[]> {
  const { descriptor } = parseDescriptor(DESCRIPTOR_TEXT);
  const server: RawValues = bad.withoutServer === true ? {} : SERVER;
  if (bad.file === undefined)
    return parseInvocation(descriptor!, { user: rawOf(bad.given ?? []), server }).diagnostics;
  const read = await parseInvocationText(bad.file.text, bad.file.format);
  if (read.values === undefined) return read.diagnostics;
  const { document, values: user } = read;
  const { diagnostics } = parseInvocation(descriptor!, { user, server }, { document });
  return [...read.diagnostics, ...diagnostics];
}

const SERVER: RawValues = Object.fromEntries(
  ['host=http://localhost', 'public_key=a', 'private_key=b', 'id_project=7', 'id_software=42']
    .map((one) => one.split('='))
    .map(([name, value]) => [`cytomine_${name!}`, { kind: 'text', texts: [value!] }]),
);

function rawOf(given: readonly string[]): RawValues {
  const texts = new Map<string, string[]>();
  for (const one of given) {
    const at = one.indexOf('=');
    const id = one.slice(0, at);
    texts.set(id, [...(texts.get(id) ?? []), one.slice(at + 1)]);
  }
  return Object.fromEntries(
    [...texts].map(([id, values]) => [id, { kind: 'text', texts: values }]),
  );
}
