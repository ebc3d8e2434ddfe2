import { LIMITS } from '../../base/limits.ts';
import { expandCytomine, textOfValue } from '../dialects/cytomine/expand.ts';
import type { Finding } from '../findings.ts';
import { pointerOf } from '../json/pointer.ts';
import type { Descriptor, Invocation } from '../model.ts';

/** Beside its bytes an argument costs its closing NUL and the pointer to it. */
const COST_OF_ARGUMENT = 9;

/** An input and how much of the command line its value is. */
interface Share {
  readonly inputId: string;
  readonly text: string;
  readonly bytes: number;
}

/**
 * What Linux would refuse to start, told before anything runs (execve(2), "Limits on size of
 * arguments and environment"): one argument too long, though none of its values is, or all of them
 * together. A Boutiques line is read by a shell, which tells such a thing itself and need not start
 * a program for each word, so only Cytomine's arguments are counted.
 */
export function argumentSizeFaults(descriptor: Descriptor, invocation: Invocation): Finding[] {
  if (descriptor.dialect !== 'cytomine-0.1') return [];
  const texts = invocation.map(({ inputId, value }) => ({ inputId, text: textOfValue(value) }));
  // One UTF-16 unit is at most 3 bytes, so most invocations need no counting to be known short.
  const characters = texts.reduce((sum, { text }) => sum + text.length, 0);
  if (characters * 3 < LIMITS.argumentBytesMax / 2) return [];
  const { argv } = expandCytomine(descriptor, invocation);
  const shares = texts
    .map(({ inputId, text }): Share => ({ inputId, text, bytes: bytesOf(text) }))
    .toSorted((a, b) => b.bytes - a.bytes);
  const long = argv.filter((argument) => bytesOf(argument) > LIMITS.argumentBytesMax);
  if (long.length > 0) return long.flatMap((argument) => tooLong(argument, shares));
  const total = argv.reduce((sum, argument) => sum + bytesOf(argument) + COST_OF_ARGUMENT, 0);
  const largest = shares[0];
  return total <= LIMITS.argumentsBytesMax || largest === undefined
    ? []
    : [tooMany(total, largest)];
}

/** Told unless the value alone is too long, which is told where the value is read. */
function tooLong(argument: string, shares: readonly Share[]): Finding[] {
  const share = shares.find(({ text }) => argument.includes(text));
  if (share === undefined || share.bytes > LIMITS.argumentBytesMax) return [];
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
