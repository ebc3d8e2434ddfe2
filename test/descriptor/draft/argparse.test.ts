import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  draftDescriptor,
  readArgparseHelp,
  type Draft,
  type DraftParameter,
} from '../../../src/descriptor/draft/index.ts';
import {
  exampleInvocation,
  expandCommand,
  parseDescriptor,
  parseInvocation,
  rawValuesOf,
  type Dialect,
} from '../../../src/descriptor/index.ts';
import {
  askArgparse,
  hasPython,
  scriptArbitrary,
  type ScriptArgument,
} from '../../support/argparse-scripts.ts';

const SCRIPTS = 300;
/** What the texts of helps are made of, and what they are not. */
const PIECES = [
  'usage:',
  ' ',
  '[',
  ']',
  '(',
  ')',
  '{',
  '}',
  '|',
  '-',
  '--a',
  ',',
  '.',
  '\n',
  '\u001b',
];

const draftOf = (help: string): Draft => ({
  ...readArgparseHelp(help),
  name: 'cells',
  description: 'Finds cells.',
  version: '1.0.0',
  image: 'example/cells',
  command: 'python3 run.py',
});

const errorsIn = (text: string, dialect: Dialect): string[] =>
  parseDescriptor(text, { dialect })
    .diagnostics.filter(({ strength }) => strength === 'error')
    .map(({ message }) => message);

/** A help as Python 3.9 wrote it: other headings, flags with their values twice. */
const OLD_HELP = `usage: segment.py [-h] -i IMAGE [-t THRESHOLD] [--mode {fast,exact}]
                  [--sigma SIGMA [SIGMA ...]] [--device {cpu,cuda:0}] [-q]
                  out_dir [masks [masks ...]]

Segments cells.

positional arguments:
  out_dir               where results go
  masks

optional arguments:
  -h, --help            show this help message and exit
  -t THRESHOLD, --threshold THRESHOLD
                        least probability (default: 0.5)
  --mode {fast,exact}   how well (default: fast)
  --sigma SIGMA [SIGMA ...]
                        smoothing, one for
                        each axis (default: [1.0, 2.5])
  --device {cpu,cuda:0}
  -q, --quiet           say less

required arguments:
  -i IMAGE, --image IMAGE
                        the picture

Examples:
  segment.py -i a.png out
  --not-a-flag  of this script
`;

describe('the help of a script', () => {
  const { parameters, program, description } = readArgparseHelp(OLD_HELP);
  const named = (id: string): DraftParameter | undefined => parameters.find((one) => one.id === id);

  test('tells the program and what it does', () => {
    expect({ program, description }).toEqual({
      program: 'segment.py',
      description: 'Segments cells.',
    });
  });

  test('tells places first, then flags, and no example of the epilogue', () => {
    const ids = ['out_dir', 'masks', 'threshold', 'mode', 'sigma', 'device', 'quiet', 'image'];
    expect(parameters.slice(0, 8).map(({ id }) => id)).toEqual(ids);
  });

  test('tells what is required from the usage line, under whatever heading', () => {
    expect(parameters.filter(({ required }) => required).map(({ id }) => id)).toEqual([
      'out_dir',
      'image',
    ]);
  });

  test('tells kinds from defaults, choices and names', () => {
    expect(named('threshold')).toEqual({
      id: 'threshold',
      name: 'Threshold',
      description: 'least probability',
      flag: '--threshold',
      kind: 'number',
      required: false,
      defaults: ['0.5'],
    });
    expect(named('mode')).toMatchObject({ choices: ['fast', 'exact'], defaults: ['fast'] });
    expect(named('sigma')).toMatchObject({ kind: 'number', defaults: ['1.0', '2.5'] });
    expect(named('sigma')).toMatchObject({ description: 'smoothing, one for each axis' });
    expect(named('image')).toMatchObject({ kind: 'file', flag: '--image' });
    expect(named('out_dir')).toMatchObject({ kind: 'output' });
    expect(named('quiet')).toMatchObject({ kind: 'switch', flag: '--quiet' });
    expect(named('masks')).toMatchObject({ list: {} });
  });

  test('of what is no help makes a note and no parameters', () => {
    expect(readArgparseHelp('Traceback: no such file\n')).toEqual({
      parameters: [],
      groups: [],
      notes: ['The text has no usage line: is it what --help prints?'],
    });
  });

  test('is read without an exception, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...PIECES) }), (text) => {
        const help = `usage: ${text}\n\noptions:\n  ${text}`;
        const draft = draftOf(help);
        const dialect: Dialect = 'cytomine-0.1';
        expect(errorsIn(draftDescriptor(draft, dialect), dialect)).toEqual([]);
      }),
    );
  });
});

describe.skipIf(!hasPython)(
  "the help of Python's own argparse (skipped where Python is not here)",
  () => {
    // Sampled, not shrunk: each is a word to another process, and a help is a short counterexample.
    const scripts = fc.sample(scriptArbitrary, SCRIPTS);
    const helps = (hasPython ? askArgparse(scripts) : []).map((answer) =>
      'help' in answer ? answer.help : '',
    );

    test.each(['boutiques-0.5', 'cytomine-0.1'] as const)(
      'makes a %s descriptor without errors',
      (dialect) => {
        for (const [index, help] of helps.entries()) {
          const draft = draftOf(help);
          expect(draft.parameters, help).toHaveLength(scripts[index]!.arguments.length);
          if (draft.parameters.length > 0)
            expect(errorsIn(draftDescriptor(draft, dialect), dialect), help).toEqual([]);
        }
      },
    );

    test('gives back every flag, place, choice and what is required', () => {
      for (const [index, help] of helps.entries()) {
        const { parameters } = draftOf(help);
        for (const argument of scripts[index]!.arguments)
          expect(recovered(argument, parameters), help).toMatchObject(expectedOf(argument));
      }
    });

    test('makes descriptors whose commands the script itself accepts', () => {
      const lines = helps.map((help, index) => ({
        ...scripts[index]!,
        line: exampleLine(help, index),
      }));
      for (const [index, answer] of askArgparse(lines).entries())
        expect(
          answer,
          `${JSON.stringify(answer)}${lines[index]!.line}\n${helps[index]!}`,
        ).toHaveProperty('values');
    });
  },
);

/** The arguments of a random valid invocation of the descriptor that a help makes. */
function exampleLine(help: string, seed: number): string {
  const draft = draftOf(help);
  if (draft.parameters.length === 0) return '';
  const { descriptor } = parseDescriptor(draftDescriptor(draft, 'boutiques-0.5'));
  const example = exampleInvocation(descriptor!, { complete: seed % 2 === 0 });
  const { invocation } = parseInvocation(descriptor!, { user: rawValuesOf(example) });
  return expandCommand(descriptor!, invocation!).maskedShellLine!.replace(/^python3 run\.py/, '');
}

const isOffSwitch = ({ options }: ScriptArgument): boolean =>
  options['action'] === 'boolean-optional' && options['default'] === true;

/** The parameter that one argument became. */
function recovered(
  argument: ScriptArgument,
  parameters: readonly DraftParameter[],
): DraftParameter | undefined {
  const name = argument.names.at(-1)!;
  const off = name.replace('--', '--no-');
  const { choices } = argument.options as { choices?: readonly unknown[] };
  return name.startsWith('-')
    ? parameters.find(({ flag }) => flag === name || flag === off)
    : // A place with choices shows them, and not its name.
      parameters.find(({ flag, id, choices: found }) =>
        flag !== undefined
          ? false
          : choices === undefined
            ? id === name.replaceAll('-', '_')
            : JSON.stringify(found) === JSON.stringify(choices),
      );
}

function expectedOf(argument: ScriptArgument): Partial<DraftParameter> {
  const { options, names } = argument;
  const isFlag = names.at(-1)!.startsWith('-');
  const required = isFlag
    ? options['required'] === true
    : options['nargs'] !== '?' && options['nargs'] !== '*';
  const { choices } = options as { choices?: readonly unknown[] };
  return {
    required,
    ...(typeof options['action'] === 'string' ? { kind: 'switch' } : {}),
    ...(isFlag && !isOffSwitch(argument) ? { flag: names.at(-1)! } : {}),
    ...(choices === undefined ? {} : { choices: choices.map(String) }),
    ...(options['nargs'] === 2 ? { list: { least: 2, most: 2 } } : {}),
  };
}
