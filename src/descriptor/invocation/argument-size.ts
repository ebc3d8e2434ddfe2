import { LIMITS } from '../../base/limits.ts';
import { itemTexts, separatorOf } from '../dialects/boutiques/bindings.ts';
import { boutiquesLine } from '../dialects/boutiques/expand.ts';
import { plainCommand } from '../dialects/boutiques/plain-command.ts';
import { expandCytomine, textOfValue } from '../dialects/cytomine/expand.ts';
import type { Finding } from '../findings.ts';
import { pointerOf } from '../json/pointer.ts';
import type { Descriptor, DescriptorInput, Invocation, InvocationEntry } from '../model.ts';

/** Beside its bytes an argument costs its closing NUL and the pointer to it. */
const COST_OF_ARGUMENT = 9;

/** An input, and how much of the command line its value is. */
interface Share {
  readonly inputId: string;
  /** What of it is in one argument: all of it, or each item of a list. */
  readonly texts: readonly string[];
  readonly bytes: number;
}

/**
 * What Linux would refuse to start, told before anything runs (execve(2), "Limits on size of
 * arguments and environment"): one argument too long, though none of its values is, or all of them
 * together. A Boutiques line is counted where it starts one program and nothing else; what else a
 * shell does with its words, such as a loop over them, need not become anybody's arguments.
 */
export function argumentSizeFaults(descriptor: Descriptor, invocation: Invocation): Finding[] {
  // One UTF-16 unit is at most 3 bytes, so most invocations need no counting to be known short.
  const characters = invocation.reduce((sum, { value }) => sum + textOfValue(value).length, 0);
  if (characters * 3 < LIMITS.argumentBytesMax / 2) return [];
  const inputs = new Map(descriptor.inputs.map((input) => [input.id, input]));
  const shares = invocation
    .map(({ inputId, value }) => shareOf(inputs.get(inputId), { inputId, value }))
    .toSorted((a, b) => b.bytes - a.bytes);
  const argv =
    descriptor.dialect === 'cytomine-0.1'
      ? expandCytomine(descriptor, invocation).argv
      : boutiquesArguments(descriptor, invocation);
  const long = argv.filter((argument) => bytesOf(argument) > LIMITS.argumentBytesMax);
  if (long.length > 0) return long.flatMap((argument) => tooLong(argument, shares));
  const total = argv.reduce((sum, argument) => sum + bytesOf(argument) + COST_OF_ARGUMENT, 0);
  const largest = shares[0];
  return total <= LIMITS.argumentsBytesMax || largest === undefined
    ? []
    : [tooMany(total, largest)];
}

/** None where only the shell knows. */
const boutiquesArguments = (descriptor: Descriptor, invocation: Invocation): readonly string[] =>
  plainCommand(boutiquesLine(descriptor, invocation)) ?? [];

function shareOf(
  input: DescriptorInput | undefined,
  { inputId, value }: Pick<InvocationEntry, 'inputId' | 'value'>,
): Share {
  const separator = input?.list === undefined ? ',' : separatorOf(input);
  const texts = separator.trim() === '' ? itemTexts(value) : [itemTexts(value).join(separator)];
  return { inputId, texts, bytes: texts.reduce((sum, text) => sum + bytesOf(text), 0) };
}

/** Told unless the value alone is too long, which is told where the value is read. */
function tooLong(argument: string, shares: readonly Share[]): Finding[] {
  const share = shares.find(({ texts }) => texts.some((text) => argument.includes(text)));
  const isTold = share?.texts.some((text) => bytesOf(text) > LIMITS.argumentBytesMax) ?? true;
  if (share === undefined || isTold) return [];
  return [
    {
      code: 'invocation.argument-too-long',
      pointer: pointerOf(share.inputId),
      value: bytesOf(argument),
      message: `The argument that \`${share.inputId}\` is part of has ${bytesOf(argument)} bytes; Linux takes at most ${LIMITS.argumentBytesMax} in one argument.`,
      mend: MEND,
    },
  ];
}

const tooMany = (total: number, { inputId, bytes }: Share): Finding => ({
  code: 'invocation.arguments-too-long',
  pointer: pointerOf(inputId),
  value: total,
  message: `The command line has ${total} bytes, ${bytes} of them the value of \`${inputId}\`; Linux starts no program with more than ${LIMITS.argumentsBytesMax}.`,
  mend: MEND,
});

const MEND =
  'Put the values in a file, such as a configuration file that the app reads, or give fewer of them to each of several runs.';

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;
