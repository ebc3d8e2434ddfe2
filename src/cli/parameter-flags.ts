import type { Options } from 'yargs';

import { inputTakes, type Descriptor, type DescriptorInput } from '../descriptor/index.ts';
import { ALL_RUN_OPTIONS } from './run-options.ts';

/** Names that mean something to us already; such a parameter is given with --param. */
const TAKEN = new Set<string>([
  ...Object.keys(ALL_RUN_OPTIONS),
  ...Object.values(ALL_RUN_OPTIONS).flatMap((options) =>
    'alias' in options ? [options.alias] : [],
  ),
  'help',
  'h',
  'version',
  '_',
  '$0',
  '--',
]);

/**
 * Whether a descriptor's input can be given as a flag of its own name. The parser of arguments keeps
 * them in an ordinary object, where `constructor` and the like are there before anything is given.
 */
export const hasOwnFlag = ({ id, setByServer, serverParameter }: DescriptorInput): boolean =>
  !setByServer && !serverParameter && !TAKEN.has(id) && !id.includes('=') && !(id in {});

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
  const { kind, range, choices, default: given, required } = inputTakes(input);
  // yargs says itself that a flag without a value is a switch.
  const type = input.type === 'Flag' ? '' : kind;
  const facts = [
    range !== undefined && input.list === undefined
      ? range
      : [type, range].filter(Boolean).join(', each '),
    choices === undefined ? '' : `one of ${choices.join(', ')}`,
    given === undefined ? '' : `default ${given}`,
    required ? 'required' : '',
  ].filter((fact) => fact !== '');
  return facts.length === 0 ? what : `${what} [${facts.join('; ')}]`;
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
