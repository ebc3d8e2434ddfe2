import type { Options } from 'yargs';

import type { Descriptor, DescriptorInput, InvocationValue } from '../descriptor/index.ts';
import { RUN_OPTIONS } from './run-options.ts';

/** Names that mean something to us already; such a parameter is given with --param. */
const TAKEN = new Set<string>([
  ...Object.keys(RUN_OPTIONS),
  ...Object.values(RUN_OPTIONS).flatMap((options) => ('alias' in options ? [options.alias] : [])),
  'help',
  'h',
  'version',
  '_',
  '$0',
  '--',
]);

/** Whether a descriptor's input can be given as a flag of its own name. */
export const hasOwnFlag = (input: DescriptorInput): boolean =>
  !input.setByServer && !input.serverParameter && !TAKEN.has(input.id) && !input.id.includes('=');

/** A flag for each input that the user may set, described for `--help`. */
export function descriptorOptions(descriptor: Descriptor): Record<string, Options> {
  return Object.fromEntries(
    descriptor.inputs
      .filter(hasOwnFlag)
      .map((input) => [input.id, optionOf(descriptor, input)] as const),
  );
}

function optionOf(descriptor: Descriptor, input: DescriptorInput): Options {
  const options: Options = {
    describe: describeInput(input),
    group: `Parameters of ${descriptor.name}:`,
  };
  return input.type === 'Flag'
    ? { ...options, type: 'boolean' }
    : { ...options, requiresArg: true };
}

/** One line about an input: what it is, its type, range, choices and default. */
export function describeInput(input: DescriptorInput): string {
  const { name, description } = input;
  const what =
    description === undefined || description === name ? name : `${name} – ${description}`;
  const facts = [
    `${input.integer === true ? 'integer' : input.type}${input.list === undefined ? '' : ' list'}`,
    rangeOf(input),
    input.valueChoices === undefined
      ? ''
      : `one of ${input.valueChoices.map((choice) => textOf(choice)).join(', ')}`,
    input.defaultValue === undefined
      ? ''
      : `default ${input.secret ? '*****' : textOf(input.defaultValue)}`,
    input.optional || input.defaultValue !== undefined ? '' : 'required',
  ];
  return `${what} [${facts.filter((fact) => fact !== '').join('; ')}]`;
}

function rangeOf({
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
}: DescriptorInput): string {
  const low = minimum && `${exclusiveMinimum === true ? '>' : '≥'} ${minimum.text}`;
  const high = maximum && `${exclusiveMaximum === true ? '<' : '≤'} ${maximum.text}`;
  return [low, high].filter((bound) => bound !== undefined).join(', ');
}

function textOf(value: InvocationValue): string {
  if (typeof value !== 'object') return String(value);
  return 'kind' in value ? value.text : value.map((item) => textOf(item)).join(' ');
}

/** Values given by flags of the descriptor's own names, from the parser's arguments. */
export function namedValues(
  descriptor: Descriptor,
  args: Readonly<Record<string, unknown>>,
): Record<string, readonly string[]> {
  return Object.fromEntries(
    descriptor.inputs
      .filter((input) => hasOwnFlag(input) && args[input.id] !== undefined)
      .map((input) => [input.id, [args[input.id]].flat().map(String)]),
  );
}
