import { randomInt } from 'node:crypto';

import { RunnerError } from '../../base/errors.ts';
import {
  describeDescriptor,
  exampleInvocation,
  hasErrors,
  parseInvocation,
  printInvocation,
  rawValuesOf,
  type ExampleOptions,
} from '../../descriptor/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandArguments, CommandRun } from '../commands.ts';
import { descriptorArgument } from '../descriptor-flags.ts';
import { valuesDoNotFit } from '../../site/index.ts';
import type { Terminal } from '../terminal.ts';

/** `cyto-run example FILE`: an invocation that fits the descriptor, to begin from. */
export const example: CommandRun = async (args, { terminal }) => {
  const { descriptor, parsed } = await descriptorArgument(args, terminal, {
    example: 'cyto-run example descriptor.json',
  });
  const invocation = exampleInvocation(descriptor, exampleOptions(args, terminal));
  const { diagnostics } = parseInvocation(
    descriptor,
    { user: rawValuesOf(invocation) },
    { serverValuesOptional: true },
  );
  // Rules between inputs can contradict each other, and then nothing fits.
  if (hasErrors(diagnostics)) throw await valuesDoNotFit(descriptor, diagnostics);
  if (args['yaml'] === true) {
    const { yamlInvocation } = await import('../yaml-invocation.ts');
    terminal.out(yamlInvocation(invocation, describeDescriptor(descriptor, parsed.diagnostics)));
  } else terminal.out(printInvocation(invocation));
  return 0;
};

/** Seeds are short enough to be typed again. */
const SEED_MAX = 1_000_000;

function exampleOptions(args: CommandArguments, terminal: Terminal): ExampleOptions {
  const complete = args['complete'] === true;
  const given = optionalText(args['seed']);
  if (given !== undefined && !/^\d{1,9}$/.test(given))
    throw new RunnerError('usage', `--seed ${JSON.stringify(given)} is not a whole number`, {
      hint: 'Give a number of at most nine digits, for example --seed 7.',
    });
  if (args['random'] !== true && given === undefined) return { complete };
  const seed = given === undefined ? randomInt(SEED_MAX) : Number(given);
  if (given === undefined) terminal.err(`seed: ${seed}\n`);
  return { complete, random: { seed } };
}
