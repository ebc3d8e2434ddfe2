import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { LIMITS } from '../../src/base/limits.ts';
import {
  type Command,
  expandCommand,
  parseDescriptor,
  parseInvocation,
  type ParsedInvocation,
  type RawValues,
} from '../../src/descriptor/index.ts';
import { type ProbeReport, Subject } from '../container/contract/subject.ts';
import { hostileText } from '../support/hostile-text.ts';
import { describeWith } from '../support/needs.ts';
import { dockerUnderTest } from '../support/engines-under-test.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A descriptor, values for it, and what the app must be given. */
interface Case {
  readonly descriptor: object;
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  readonly expected: readonly string[];
}

const CASES = 60;
/** The same cases each time, so that a failure can be looked into. */
const SEED = 20_260_131;
const CONTAINER_MS = 600_000;

const draw = (cases: fc.Arbitrary<Case>): Case[] =>
  fc.sample(cases, { numRuns: CASES, seed: SEED });

/**
 * Inputs of a drawn descriptor, the value each is given, and a word before it on the line. It is no
 * flag, which in Cytomine would belong to the input behind it and go with it.
 */
const slots = fc.array(
  fc.record({
    value: hostileText,
    hasFlag: fc.boolean(),
    hasBrackets: fc.boolean(),
    isGiven: fc.boolean(),
    literal: fc.constantFrom('', 'run.py', '+fixed', 'a=b'),
  }),
  { minLength: 1, maxLength: 6 },
);

/** Cytomine: argv is made without a shell; a value is one argument, behind its flag if it has one. */
const cytomine: fc.Arbitrary<Case> = slots.map((some) => ({
  descriptor: {
    name: 'x',
    'schema-version': 'cytomine-0.1',
    'container-image': { type: 'singularity', image: 'cyto-run/probe' },
    'command-line': some
      .flatMap(({ literal, hasBrackets }, at) => [literal, hasBrackets ? `[V_${at}]` : `V_${at}`])
      .filter((word) => word !== '')
      .join(' '),
    inputs: some.map(({ hasFlag, hasBrackets }, at) => ({
      id: `v_${at}`,
      name: `v ${at}`,
      type: 'String',
      'value-key': hasBrackets ? '[@ID]' : '@ID',
      'command-line-flag': hasFlag ? '--@id' : '',
      optional: true,
      'set-by-server': false,
    })),
  },
  values: valuesOf(some),
  expected: some.flatMap(({ literal, hasFlag, isGiven, value }, at) => [
    ...(literal === '' ? [] : [literal]),
    ...(isGiven ? [...(hasFlag ? [`--v_${at}`] : []), value] : []),
  ]),
}));

/** Boutiques: the line is run by the image's shell, which must hand the very words to the app. */
const boutiques: fc.Arbitrary<Case> = fc
  .record({ some: slots, items: fc.array(hostileText, { minLength: 1, maxLength: 4 }) })
  .map(({ some, items }) => ({
    descriptor: {
      name: 'x',
      description: 'x',
      'tool-version': '1',
      'schema-version': '0.5',
      'container-image': { type: 'docker', image: 'cyto-run/probe' },
      'command-line': [
        'probe argv',
        ...some.flatMap(({ literal }, at) => [literal, `[V_${at}]`]),
        '[LIST]',
        '"[IN_DOUBLE]"',
        "'[IN_SINGLE]'",
      ]
        .filter((word) => word !== '')
        .join(' '),
      inputs: [
        ...some.map(({ hasFlag }, at) => ({
          ...textInput(`v_${at}`),
          ...(hasFlag ? { 'command-line-flag': `--v_${at}` } : {}),
        })),
        { ...textInput('list'), list: true },
        textInput('in_double'),
        textInput('in_single'),
      ],
    },
    values: {
      ...valuesOf(some),
      list: items,
      in_double: items.at(0)!,
      in_single: items.at(-1)!,
    },
    expected: [
      ...some.flatMap(({ literal, hasFlag, isGiven, value }, at) => [
        ...(literal === '' ? [] : [literal]),
        ...(isGiven ? [...(hasFlag ? [`--v_${at}`] : []), value] : []),
      ]),
      ...items,
      items.at(0)!,
      items.at(-1)!,
    ],
  }));

const textInput = (id: string): object => ({
  id,
  name: id,
  type: 'String',
  'value-key': `[${id.toUpperCase()}]`,
  optional: true,
});

const valuesOf = (
  some: readonly { readonly isGiven: boolean; readonly value: string }[],
): Record<string, string> =>
  Object.fromEntries(
    some.flatMap(({ isGiven, value }, at) => (isGiven ? [[`v_${at}`, value]] : [])),
  );

function invocationOf({ descriptor, values }: Omit<Case, 'expected'>): ParsedInvocation {
  const { descriptor: parsed } = parseDescriptor(JSON.stringify(descriptor));
  const user: RawValues = Object.fromEntries(
    Object.entries(values).map(([id, value]) => [id, { kind: 'json', value }]),
  );
  return parseInvocation(parsed!, { user }, { serverValuesOptional: true });
}

function commandOf(one: Case): Command {
  const { descriptor } = parseDescriptor(JSON.stringify(one.descriptor));
  const { invocation, diagnostics } = invocationOf(one);
  expect(diagnostics.filter(({ strength }) => strength === 'error')).toEqual([]);
  return expandCommand(descriptor!, invocation!, { workingDirectory: '/' });
}

/** Runs each word that follows as a line of its own, by the shell of the image. */
const EACH_LINE = 'for line; do /bin/sh -c "$line" || exit; done';

describeWith('docker', 'values on their way to the app', () => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await Subject.of(dockerUnderTest);
  }, 600_000);

  test(
    'the arguments of a Cytomine app are those computed, whatever the values hold',
    async () => {
      const cases = draw(cytomine);
      const commands = cases.map(commandOf);
      expect(commands.map(({ argv }) => argv)).toEqual(cases.map(({ expected }) => expected));
      // One container for all: their command lines one behind the other.
      const all = commands.flatMap(({ argv }) => argv);
      expect((await subject.report(all)).argv).toEqual(all);
    },
    CONTAINER_MS,
  );

  test(
    'the words that the shell of the image hands to a Boutiques app are the values, whatever they hold',
    async () => {
      const cases = draw(boutiques);
      const lines = cases.map((one) => commandOf(one).argv.at(-1)!);
      const { stdout, stderr, exit } = await subject.run(
        ['/bin/sh', '-c', EACH_LINE, 'sh', ...lines],
        { entrypoint: 'replaced' },
      );
      expect(stderr.toString()).toBe('');
      expect(exit.exitCode).toBe(0);
      const reports = stdout.toString().trim().split('\n');
      const arrived = reports.map((line) => (JSON.parse(line) as ProbeReport).argv);
      expect(arrived).toEqual(cases.map(({ expected }) => expected));
    },
    CONTAINER_MS,
  );

  test(
    'the longest value that Linux takes arrives whole, in both dialects',
    async () => {
      const value = `${'é'.repeat(20_000)}${"'".repeat(500)}`.padEnd(
        LIMITS.argumentBytesMax - 20_000,
        'x',
      );
      expect(Buffer.byteLength(value)).toBe(LIMITS.argumentBytesMax);
      const [first, second] = [oneInput('cytomine', value), oneInput('boutiques', value)];
      const { argv } = commandOf(first);
      expect((await subject.report(argv)).argv).toEqual([value]);
      // Quoted, it is too long for `sh -c`: the line goes into a file of the working directory.
      const { argv: shell, files } = commandOf(second);
      await using folder = await temporaryFolder();
      await writeFile(join(folder.path, files[0]!.path), files[0]!.content);
      await chmod(folder.path, 0o755);
      const { stdout } = await subject.run(shell, {
        entrypoint: 'replaced',
        workingDirectory: '/work',
        mounts: [{ source: folder.path, target: '/work', readOnly: true }],
      });
      expect((JSON.parse(stdout.toString()) as ProbeReport).argv).toEqual([value]);
    },
    CONTAINER_MS,
  );
});

/** A descriptor of one dialect with one input, and its value. */
function oneInput(dialect: 'cytomine' | 'boutiques', value: string): Case {
  const from = dialect === 'cytomine' ? cytomine : boutiques;
  const [{ descriptor } = { descriptor: {} }] = fc.sample(from, { numRuns: 1, seed: SEED });
  const line = dialect === 'cytomine' ? '[A]' : 'probe argv [A]';
  const input = { ...textInput('a'), ...(dialect === 'cytomine' ? CYTOMINE_INPUT : {}) };
  return {
    descriptor: { ...descriptor, 'command-line': line, inputs: [input] },
    values: { a: value },
    expected: [value],
  };
}

const CYTOMINE_INPUT = { 'command-line-flag': '', 'set-by-server': false };

test.each(['cytomine', 'boutiques'] as const)(
  'a value that no command line of %s can carry is refused before anything runs, with its reason',
  (dialect) => {
    const said = (value: string): string[] =>
      invocationOf(oneInput(dialect, value)).diagnostics.map(({ code, message, mend }) =>
        [code, message, mend].join(' | '),
      );
    expect(said('x'.repeat(1_048_576))).toEqual([
      'invocation.value-too-long | The value of `a` has 1048576 bytes; Linux takes at most 131071 in one argument. | Put the value in a file, if the app can read one.',
    ]);
    expect(said('a\0b')).toEqual([
      'invocation.nul-character | The value of `a` holds a NUL character, which no command line can carry. | Remove it, or put the value in a file that the app reads.',
    ]);
    expect(said('a\ud83d')[0]).toMatch(
      /^invocation\.lone-surrogate \| The value of `a` holds half/,
    );
    expect(said('x'.repeat(LIMITS.argumentBytesMax))).toEqual([]);
  },
);
