import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import type { RunnerError } from '../../../src/base/errors.ts';
import { probeLog } from '../../support/probe-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { endOf, never, Subject, type Ended, type EngineUnderTest } from './subject.ts';

/** Whatever a person, or an attacker, may write into a parameter; NUL cannot be an argument. */
const hostileWord = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '-',
      '--',
      '-c',
      '--help',
      '$(id)',
      '`id`',
      '$HOME',
      '${PATH}',
      ';',
      '&&',
      '|',
      '*',
    ],
    ...[
      "'",
      '"',
      "'\\''",
      '\\',
      '\\n',
      '\n',
      '\t',
      '\r\n',
      '#',
      '!',
      '~',
      '%s',
      'é',
      '日本',
      '👩‍🔬',
      '\u202e',
    ],
    ...['then', 'try', 'exit', 'x'.repeat(100_000)],
  ),
  fc.string({ unit: 'grapheme' }).map((word) => word.replaceAll('\0', '')),
  fc.string({ unit: 'binary' }).map((word) => word.replaceAll('\0', '').toWellFormed()),
);

/** Runs exactly the program it is told, with these arguments, variables and mounts. */
export function programContract(setUp: () => Promise<EngineUnderTest>): void {
  let subject: Subject;
  beforeAll(async () => {
    subject = await Subject.of(setUp);
  });

  test('arguments arrive as they were given, whatever is in them', async () => {
    const words = fc.array(hostileWord, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(words, async (argv) => {
        expect((await subject.report(argv)).argv).toEqual(argv);
      }),
      { numRuns: 12 },
    );
  });

  test('as many bytes of arguments arrive as Linux takes, far above a megabyte', async () => {
    const words = Array.from({ length: 15 }, (_, at) =>
      String(at).repeat(100_000).slice(0, 100_000),
    );
    const counting = ['/bin/sh', '-c', 'printf "%s" "$*" | wc -c', 'sh', ...words];
    const { stdout, exit } = await subject.run(counting, { entrypoint: 'replaced' });
    expect({ bytes: Number(stdout.toString()), exitCode: exit.exitCode }).toEqual({
      bytes: 15 * 100_001 - 1,
      exitCode: 0,
    });
  });

  test('variables arrive as they were given, and none of ours with them', async () => {
    const environment = {
      EMPTY: '',
      SPACES: ' a  b ',
      EQUALS: 'a=b=c',
      LINES: 'one\ntwo',
      QUOTES: `'"$HOME"\\'`,
      UNICODE: 'naïve 日本',
    };
    const report = await subject.report([], { environment });
    expect(report.environment).toEqual(
      expect.arrayContaining(Object.entries(environment).map((entry) => entry.join('='))),
    );
    const names = report.environment.map((variable) => variable.slice(0, variable.indexOf('=')));
    const allowed = [...Object.keys(environment), 'PATH', 'HOME', 'HOSTNAME'];
    expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
  });

  test('the entrypoint of the image gets the arguments, or is replaced by them', async () => {
    expect((await subject.run(['out', 'kept'])).stdout.toString()).toBe('kept');
    const replaced = await subject.run(['echo', 'out', 'replaced'], { entrypoint: 'replaced' });
    expect(replaced.stdout.toString()).toBe('out replaced\n');
  });

  test('the app starts in the working directory', async () => {
    await using folder = await temporaryFolder();
    const target = '/work/über den Wolken';
    const report = await subject.report([], {
      mounts: [{ source: folder.path, target, readOnly: false }],
      workingDirectory: target,
    });
    expect(report.cwd).toBe(target);
  });

  test('HOME, the working directory and /tmp are writable where they are mounted so', async () => {
    await using folder = await temporaryFolder();
    const places = ['home', 'work', 'tmp'];
    for (const place of places) {
      await mkdir(join(folder.path, place));
      await chmod(join(folder.path, place), 0o777);
    }
    const report = await subject.report([], {
      mounts: places.map((place) => ({
        source: join(folder.path, place),
        target: place === 'tmp' ? '/tmp' : `/cyto/${place}`,
        readOnly: false,
      })),
      environment: { HOME: '/cyto/home' },
      workingDirectory: '/cyto/work',
    });
    expect(report).toMatchObject({
      home: '/cyto/home',
      homeWritable: true,
      cwdWritable: true,
      tmpWritable: true,
      rootReadOnly: true,
    });
  });

  test.each(['plain', 'two words', 'a:b', 'a,b', `it's "quoted"`, 'näh 日本 👩‍🔬', '-dash', '$(id)'])(
    'a mount is made whatever its path is called: %s',
    async (name) => {
      await using folder = await temporaryFolder();
      const source = join(folder.path, name);
      await mkdir(source);
      await writeFile(join(source, 'in.txt'), 'input');
      await chmod(source, 0o777);
      const target = `/data/${name}`;
      const { stdout, exit } = await subject.run(
        ['read', `${target}/in.txt`, 'then', 'write', `${target}/out.txt`, 'output'],
        { mounts: [{ source, target, readOnly: false }] },
      );
      expect([stdout.toString(), exit.exitCode]).toEqual(['input', 0]);
      expect(await readFile(join(source, 'out.txt'), 'utf8')).toBe('output');
    },
  );

  test('a single file can be mounted', async () => {
    await using folder = await temporaryFolder();
    const source = join(folder.path, 'one file.txt');
    await writeFile(source, 'only this');
    const { stdout } = await subject.run(['read', '/in/one file.txt'], {
      mounts: [{ source, target: '/in/one file.txt', readOnly: true }],
    });
    expect(stdout.toString()).toBe('only this');
  });

  test('a mount of what does not exist is refused, and nothing is left', async () => {
    const spec = subject.spec(['exit', '0'], {
      mounts: [{ source: '/no/such/folder', target: '/data', readOnly: true }],
    });
    await expect(subject.engine.start(spec, never())).rejects.toMatchObject({
      code: 'engine-refused',
    });
    expect(await subject.engine.find(spec.name)).toBeUndefined();
  });

  test.each([
    { program: '/no/such/program', exitCode: 127 },
    { program: 'no-such-program', exitCode: 127 },
    { program: '/etc', exitCode: 126 },
  ])('a program that cannot be executed is told from one that failed: $program', async (given) => {
    const spec = subject.spec([given.program], { entrypoint: 'replaced' });
    const { exitCode, why } = await neverRan(() => subject.engine.start(spec, never()));
    expect(exitCode).toBe(given.exitCode);
    expect(why).toContain(given.program);
    expect(await subject.engine.find(spec.name)).toBeUndefined();
  });

  test('lines of each stream come in the order they were written', async () => {
    const { stdout, stderr } = await subject.run(['interleave', '300']);
    const lines = (word: string): string =>
      Array.from({ length: 300 }, (_, line) => `${word} ${line + 1}\n`).join('');
    expect(stdout.toString()).toBe(lines('out'));
    expect(stderr.toString()).toBe(lines('err'));
  });

  test('a reader that takes its time loses nothing', async () => {
    await using container = await subject.start(['log', 'stdout', '5000000']);
    const pieces: Uint8Array[] = [];
    for await (const { bytes } of container.output()) {
      pieces.push(bytes);
      await new Promise(setImmediate);
    }
    expect(Buffer.concat(pieces).equals(probeLog(5_000_000))).toBe(true);
  });

  test('death by a signal is 128 and its number', async () => {
    expect((await subject.run(['signal', 'SEGV'])).exit.exitCode).toBe(139);
    expect((await subject.run(['signal', 'KILL'])).exit).toMatchObject({
      exitCode: 137,
      outOfMemory: false,
    });
  });

  test('the times of start and end are those of the run', async () => {
    const before = Date.now();
    const { exit } = await subject.run(['sleep', '0.2']);
    const [startedMs, finishedMs] = [exit.startedAt, exit.finishedAt].map((at) => Date.parse(at!));
    expect(finishedMs! - startedMs!).toBeGreaterThanOrEqual(200);
    expect(startedMs!).toBeGreaterThanOrEqual(before - 1_000);
    expect(finishedMs!).toBeLessThanOrEqual(Date.now() + 1_000);
  });
}

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
