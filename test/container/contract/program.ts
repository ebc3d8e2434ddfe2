import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';

import type { RunnerError } from '../../../src/base/errors.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { contractTest, type Clauses, type ContractTest } from './contract-test.ts';
import { endOf, never, type Ended, type Subject } from './subject.ts';

/** Words that shells, engines and parsers of options give a meaning to. */
export const TRAPS = [
  ...['', ' ', '-', '--', '-c', '--help', '$(id)', '`id`', '$HOME', '${PATH}', ';', '&&', '|', '*'],
  ...["'", '"', "'\\''", '\\', '\\n', '\n', '\t', '\r\n', '#', '!', '~', '%s', '{{.}}', 'a=b'],
  ...['é', '日本', '👩‍🔬', '\u202e', 'then', 'try', 'exit', 'x'.repeat(100_000)],
];

/** Whatever a person, or an attacker, may write into a parameter; NUL cannot be an argument. */
const hostileWord = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.string({ unit: 'grapheme' }).map((word) => word.replaceAll('\0', '')),
  fc.string({ unit: 'binary' }).map((word) => word.replaceAll('\0', '').toWellFormed()),
);

const variableName = fc.stringMatching(/^GIVEN_[A-Za-z0-9_]{1,20}$/);

const exitCode = (code: number): ContractTest =>
  contractTest(`exit code ${code} of the program is reported as its own`, async (subject) => {
    const { exit } = await subject.run(['exit', String(code)]);
    expect(exit).toMatchObject({ exitCode: code, outOfMemory: false });
    expect(exit).not.toHaveProperty('neverRan');
    expect(exit).not.toHaveProperty('ending');
  });

const signalDeath = (name: string, number: number): ContractTest =>
  contractTest(`death by SIG${name} is exit code ${128 + number}`, async (subject) => {
    const { exit } = await subject.run(['signal', name]);
    expect(exit).toMatchObject({ exitCode: 128 + number, outOfMemory: false });
  });

const notExecutable = (program: string, code: 126 | 127): ContractTest =>
  contractTest(
    `a program that cannot be executed is told from one that failed: ${program}`,
    async (subject) => {
      const spec = subject.spec([program], { entrypoint: 'replaced' });
      const { exitCode: told, why } = await neverRan(() => subject.engine.start(spec, never()));
      expect(told).toBe(code);
      expect(why).toContain(program);
      expect(await subject.engine.find(spec.name)).toBeUndefined();
    },
  );

export const programClauses = {
  'exit-code': [
    ...[0, 1, 3, 125, 126, 127, 128, 255].map(exitCode),
    signalDeath('HUP', 1),
    signalDeath('KILL', 9),
    signalDeath('SEGV', 11),
    signalDeath('TERM', 15),
    notExecutable('/no/such/program', 127),
    notExecutable('no-such-program', 127),
    notExecutable('/etc', 126),

    contractTest(
      'its end can be asked for again, and before its output is read',
      async (subject) => {
        await using container = await subject.start(['out', 'x', 'then', 'exit', '4']);
        expect(await container.wait()).toEqual(await container.wait());
        expect((await endOf(container)).stdout.toString()).toBe('x');
      },
    ),

    contractTest('the times of start and end are those of the run', async (subject) => {
      const before = Date.now();
      const { exit } = await subject.run(['sleep', '0.2']);
      const [startedMs, finishedMs] = [exit.startedAt, exit.finishedAt].map((at) =>
        Date.parse(at!),
      );
      // A scheduler's clock counts whole seconds.
      expect(finishedMs! - startedMs!).toBeGreaterThanOrEqual(0);
      expect(startedMs!).toBeGreaterThanOrEqual(before - 1_000);
      expect(finishedMs!).toBeLessThanOrEqual(Date.now() + 1_000);
    }),
  ],

  argv: [
    contractTest('arguments arrive as they were given, whatever is in them', async (subject) => {
      const words = fc.array(hostileWord, { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(words, async (argv) => {
          expect((await subject.report(argv)).argv).toEqual(argv);
        }),
        { numRuns: 8, examples: [[TRAPS]] },
      );
    }),

    contractTest(
      'as many bytes of arguments arrive as Linux takes, far above a megabyte',
      async (subject) => {
        const words = Array.from({ length: 15 }, (_, at) =>
          String(at).repeat(100_000).slice(0, 100_000),
        );
        const counting = ['/bin/sh', '-c', 'printf "%s" "$*" | wc -c', 'sh', ...words];
        const { stdout, exit } = await subject.run(counting, { entrypoint: 'replaced' });
        expect({ bytes: Number(stdout.toString()), exitCode: exit.exitCode }).toEqual({
          bytes: 15 * 100_001 - 1,
          exitCode: 0,
        });
      },
    ),
  ],

  environment: [
    contractTest('variables arrive as they were given, whatever is in them', async (subject) => {
      const variables = fc.dictionary(variableName, hostileWord, {
        minKeys: 1,
        maxKeys: 8,
        noNullPrototype: true,
      });
      const all = Object.fromEntries(TRAPS.map((value, at) => [`GIVEN_${at}`, value]));
      await fc.assert(
        fc.asyncProperty(variables, async (environment) => {
          const report = await subject.report([], { environment });
          expect(
            report.environment.filter((entry) => entry.startsWith('GIVEN_')).toSorted(),
          ).toEqual(
            Object.entries(environment)
              .map((entry) => entry.join('='))
              .toSorted(),
          );
        }),
        { numRuns: 4, examples: [[all]] },
      );
    }),

    contractTest('none of our own variables reaches the program', async (subject) => {
      const { environment } = await subject.report([], { environment: { GIVEN: '1' } });
      const names = environment.map((variable) => variable.slice(0, variable.indexOf('=')));
      // `container` names the engine, as systemd's interface for containers has it.
      const allowed = ['GIVEN', 'PATH', 'HOME', 'HOSTNAME', 'container'];
      expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
    }),

    contractTest("a variable of the image's own is replaced, not set twice", async (subject) => {
      const { environment } = await subject.report([], { environment: { PATH: '/bin:/given' } });
      expect(environment.filter((entry) => entry.startsWith('PATH='))).toEqual([
        'PATH=/bin:/given',
      ]);
    }),
  ],

  entrypoint: [
    contractTest('the entrypoint of the image gets the arguments', async (subject) => {
      expect((await subject.run(['out', 'kept'])).stdout.toString()).toBe('kept');
    }),

    contractTest('a command replaces the entrypoint of the image', async (subject) => {
      const replaced = await subject.run(['echo', 'out', 'replaced'], { entrypoint: 'replaced' });
      expect(replaced.stdout.toString()).toBe('out replaced\n');
    }),
  ],

  'working-directory': [
    contractTest(
      'the program starts in the folder it was given, whatever that is called',
      async (subject) => {
        await using folder = await temporaryFolder();
        await chmod(folder.path, 0o755);
        const source = join(folder.path, 'über den Wolken');
        await mkdir(source);
        const target = subject.seenAt(source, '/work/über den Wolken');
        const report = await subject.report([], {
          mounts: [{ source, target, readOnly: false }],
          workingDirectory: target,
        });
        expect(report.cwd).toBe(target);
      },
    ),
  ],
} as const satisfies Clauses;

/** How an engine says that it could not execute the program: at the start, or at the end. */
async function neverRan(
  start: () => ReturnType<Subject['start']>,
): Promise<{ exitCode: unknown; why: string | undefined }> {
  let ended: Ended;
  try {
    await using container = await start();
    ended = await endOf(container);
  } catch (error) {
    expect(error).toMatchObject({ code: 'app-exit' });
    const { details, message } = error as RunnerError;
    return { exitCode: details['exitCode'], why: message };
  }
  return { exitCode: ended.exit.exitCode, why: ended.exit.neverRan };
}
