import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';

import type { DryRun } from '../../src/runner/index.ts';
import type { ProbeReport } from '../container/contract/subject.ts';
import { cli, type CliResult } from '../support/cli.ts';
import { describeWith, type Part } from '../support/needs.ts';
import { PROBE_IMAGE, probeImage } from '../support/probe-image.ts';
import { probeSif } from '../support/probe-sif.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 600_000 });

const APP = {
  name: 'teller',
  description: 'Tells its arguments, and what is in its files.',
  'tool-version': '1',
  'schema-version': '0.5',
  'command-line': 'probe argv [TEXTS] >told.json && cat [FILES]',
  'container-image': { type: 'docker', image: PROBE_IMAGE },
  inputs: [
    { id: 'texts', name: 'Texts', type: 'String', 'value-key': '[TEXTS]', list: true },
    { id: 'files', name: 'Files', type: 'File', 'value-key': '[FILES]', list: true },
  ],
  'output-files': [{ id: 'told', name: 'Told', 'path-template': 'told.json' }],
};

const PRINTABLE = [
  ' ',
  'two  words ',
  "it's",
  '"quoted"',
  '\\ and \\\\',
  '$(touch pwned)',
  '`touch pwned`',
  '${HOME} $PATH $$',
  '; touch pwned #',
  '-rf',
  '--',
  '--param=texts',
  '* ?[a-z] ~ {a,b}',
  'é 漢字 🔬',
  '%s%n %d',
  'a=b,c:d',
  '[TEXTS]',
  'x'.repeat(100_000),
];
const UNSEEN = ['two\nlines\n', '\n', '\t\u0001\u001b[2J', 'a\rb', '\u202etxt'];
const NAMES = [
  'with  spaces ',
  "it's",
  '"quoted"',
  '\\',
  '$(touch pwned)',
  '`touch pwned`',
  '-rf',
  'two\nlines',
  'é 漢字 🔬',
  'a,b:c=d;e#f%20',
  'n'.repeat(255),
];

const ENGINES: readonly (readonly [engine: string, part: Part, image: () => Promise<string>])[] = [
  ['docker', 'docker', () => probeImage().then(() => PROBE_IMAGE)],
  ['apptainer', 'apptainer', probeSif],
  ['slurm', 'slurm', probeSif],
];

/** In place of the probe: writes what it is given behind the verb, each ended by a NUL. */
const STAND_IN = `#!/bin/sh
shift; printf '%s\\0' "$@"`;

interface Told {
  readonly argv: readonly string[];
  /** What was in the files, in their order. */
  readonly stdout: string;
}

/** What a shell here makes of a line, `probe` being the stand-in. */
async function byHand(folder: string, line: string): Promise<Told> {
  const here = join(folder, 'by-hand');
  await cp(join(folder, 'in'), join(here, 'in'), { recursive: true });
  await writeFile(join(here, 'probe'), STAND_IN, { mode: 0o755 });
  const env = { PATH: `${here}:${process.env['PATH'] ?? ''}` };
  // Longer than an argument may be, as the program itself does it.
  await writeFile(join(here, 'line.sh'), line);
  const { status, stdout, stderr } = spawnSync('sh', ['./line.sh'], { cwd: here, env });
  expect(status, stderr.toString()).toBe(0);
  const argv = (await readFile(join(here, 'told.json'), 'utf8')).split('\0').slice(0, -1);
  return { argv, stdout: stdout.toString() };
}

/** The line that `--dry-run` prints for a shell: behind the words that start it. */
const printedLine = (page: string): string =>
  /^Command {2}\/bin\/sh (?:-c|\S+)\n {9}(.*)$/m.exec(page)?.[1] ?? '';

/** A person with a folder of files that have such names. */
class Person implements AsyncDisposable {
  readonly folder: string;
  readonly #disposable: AsyncDisposable;
  readonly #words: readonly string[];

  private constructor(disposable: { path: string } & AsyncDisposable, words: readonly string[]) {
    this.folder = disposable.path;
    this.#disposable = disposable;
    this.#words = words;
  }

  static async on(engine: string, image: string): Promise<Person> {
    const folder = await temporaryFolder();
    await writeFile(join(folder.path, 'app.json'), JSON.stringify(APP));
    await mkdir(join(folder.path, 'in'));
    for (const name of NAMES) await writeFile(join(folder.path, 'in', name), `${name}\0`);
    return new Person(folder, ['app.json', '--engine', engine, '--use-image', image]);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#disposable[Symbol.asyncDispose]();
  }

  /** The app with these texts and all files, as flags. */
  app(texts: readonly string[], ...more: readonly string[]): Promise<CliResult> {
    const given = [
      ...texts.map((text) => `texts=${text}`),
      ...NAMES.map((name) => `files=${join('in', name)}`),
    ];
    const flags = given.flatMap((pair) => ['--param', pair]);
    return this.ask(...this.#words, ...flags, ...more);
  }

  async ask(...words: readonly string[]): Promise<CliResult> {
    const result = await cli(words, { home: this.folder });
    expect(result.exitCode, result.stderr).toBe(0);
    return result;
  }

  /** What the app of the last run told. */
  async told(): Promise<Told> {
    const { stdout } = await this.ask('logs', 'last', '--stream', 'stdout');
    const report = await readFile(join(this.folder, 'out', 'told.json'), 'utf8');
    return { argv: (JSON.parse(report) as ProbeReport).argv, stdout };
  }
}

describe.each(ENGINES)('%s', (engine, part, image) => {
  describeWith(part, 'whatever is in values and in names of files', () => {
    test('reaches the app as it is, and nothing of it is obeyed', async () => {
      await using person = await Person.on(engine, await image());
      const texts = [...PRINTABLE, ...UNSEEN];
      await person.app(texts, '--out', 'out');
      const told = await person.told();
      expect(told.argv).toEqual(texts);
      expect(told.stdout.split('\0').slice(0, -1)).toEqual(NAMES);
      expect(await readdir(person.folder)).not.toContain('pwned');

      const dry = await person.app(texts, '--dry-run', '--json');
      const { command } = JSON.parse(dry.stdout) as DryRun;
      expect(await byHand(person.folder, command.shellLine ?? '')).toEqual(told);
    });

    test('makes what a dry run prints no other command than the one that is run', async () => {
      await using person = await Person.on(engine, await image());
      const page = await person.app(PRINTABLE, '--dry-run');
      const unseen = await person.app(UNSEEN, '--dry-run');
      expect(unseen.stdout).toMatch(/take\s+the\s+command\s+from\s+--json/);
      // One of the names is in two lines.
      expect(page.stdout).toMatch(/take\s+the\s+command\s+from\s+--json/);
      expect(printedLine(page.stdout).replace("'in/two\\nlines'", "'in/two\nlines'")).toBe(
        (JSON.parse((await person.app(PRINTABLE, '--dry-run', '--json')).stdout) as DryRun).command
          .shellLine,
      );
    });
  });
});
