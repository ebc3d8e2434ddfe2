import { stringify } from 'yaml';

import type {
  DescriptorDescription,
  InputDescription,
  Invocation,
  InvocationValue,
  ScalarValue,
} from '../descriptor/index.ts';

/**
 * An invocation as YAML, each value under a comment that says what it is; numbers keep their text.
 * What is required is told apart from what may be left out.
 */
export function yamlInvocation(
  invocation: Invocation,
  { name, inputs }: DescriptorDescription,
): string {
  const described = new Map(inputs.map((input) => [input.id, input]));
  const entries = invocation.map(({ inputId, value }) => {
    const input = described.get(inputId);
    const comment = input === undefined ? '' : `# ${oneLine(commentOf(input))}\n`;
    return `${comment}${key(inputId)}:${valueText(value)}\n`;
  });
  const head = `# Values for ${oneLine(name)}\n`;
  return entries.length === 0 ? `${head}{}\n` : `${head}\n${entries.join('\n')}`;
}

function commentOf({
  name,
  description,
  kind,
  required,
  range,
  choices,
}: InputDescription): string {
  const isList = kind.startsWith('list');
  const facts = [
    isList ? kind : (range ?? kind),
    isList && range !== undefined ? `each ${range}` : '',
    choices === undefined ? '' : `one of ${choices.join(', ')}`,
    required ? 'required' : '',
  ].filter((fact) => fact !== '');
  return `${description === undefined ? name : `${name}: ${description}`} (${facts.join('; ')})`;
}

const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

const key = (id: string): string => scalarText(id);

const valueText = (value: InvocationValue): string => {
  if (!isList(value)) return ` ${scalarText(value)}`;
  return value.length === 0 ? ' []' : value.map((item) => `\n  - ${scalarText(item)}`).join('');
};

const isList = (value: InvocationValue): value is readonly ScalarValue[] => Array.isArray(value);

/** A JSON number is a YAML number, and a JSON text a YAML text: the way out where plain YAML needs lines. */
function scalarText(value: ScalarValue): string {
  if (typeof value === 'object') return value.text;
  if (typeof value === 'boolean') return String(value);
  const plain = stringify(value, { lineWidth: 0 }).trimEnd();
  return plain.includes('\n') || plain !== plain.trim() ? JSON.stringify(value) : plain;
}
