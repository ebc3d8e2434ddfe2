import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { descriptorText, input } from '../descriptor/boutiques/model.ts';
import { cli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROBE = new URL('../../apps/probe/descriptor.json', import.meta.url).pathname;
const DRY = [PROBE, '--verbs', 'argv', '--dry-run', '--json'];

const refused: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
  ['a flag without its value', [...DRY, '--memory'], /^--memory needs a value$/],
  ['one before another flag', [...DRY, '--out', '--cpus', '2'], /^--out needs a value$/],
  ['an input without its value', [PROBE, '--dry-run', '--json', '--verbs'], /^--verbs needs a/],
  ['a folder given twice', [...DRY, '--out', 'a', '--out', 'b'], /^--out is given more than once$/],
  ['a limit given twice', [...DRY, '--memory', '1g', '--memory', '2g'], /^--memory is given more/],
  ['a folder that is empty', [...DRY, '--out', ''], /^--out is empty$/],
  ['a word that is no choice', [...DRY, '--network', 'off'], /^--network: "off" is none of "none"/],
  ['a flag nobody knows', [...DRY, '--memori', '1g'], /^there is no flag --memori here$/],
];

test.each(refused)('%s is refused by name', async (_what, args, says) => {
  await using home = await temporaryFolder();
  const { exitCode, stdout } = await cli([...args], { home: home.path });
  expect(exitCode).toBe(64);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(says) as string });
});

test.each([
  ['-memory', 'Did you mean --memory?'],
  ['-memori=1g', 'Did you mean --memory?'],
  ['-verbs', 'Did you mean --verbs?'],
  ['-image', 'Only flags of one letter begin with one dash. See --help.'],
  ['-help', 'Did you mean --help?'],
])(
  '%s, which is no bundle of short flags, is answered with the flag that was meant',
  async (word, hint) => {
    await using home = await temporaryFolder();
    const { exitCode, stderr } = await cli([...DRY.slice(0, -1), word, 'X'], { home: home.path });
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining(hint)]);
    expect(stderr).toContain(`there is no flag ${word.split('=')[0] ?? ''} here`);
  },
);

test('short flags may stand in one bundle, the last with a value', async () => {
  await using home = await temporaryFolder();
  const args = [PROBE, '-vqp', 'verbs=argv', '--dry-run', '--json'];
  expect((await cli(args, { home: home.path })).exitCode).toBe(0);
});

test('a word that is no file, where no server is configured, may be an app of one', async () => {
  await using home = await temporaryFolder();
  for (const args of [
    ['nuclei-segment', '--sigma', '2'],
    ['batch', 'nuclei-segment', 'items.csv'],
    ['batch', 'runs', 'items.csv'],
  ]) {
    const { exitCode, stderr } = await cli(args, { home: home.path });
    expect([exitCode, stderr]).toEqual([
      66,
      expect.stringContaining('An app of a server? Then say of which: --server URL.'),
    ]);
  }
  const { stderr } = await cli(['batch', 'lost.json', 'items.csv'], { home: home.path });
  expect(stderr).toContain('Give the path of a descriptor.json');
});

test('a switch may be repeated', async () => {
  await using home = await temporaryFolder();
  const { exitCode, stdout } = await cli([...DRY, '--json', '--dry-run'], { home: home.path });
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([
    0,
    { command: expect.anything() as object },
  ]);
});

test('a mistyped command is answered with the command, whatever follows it', async () => {
  await using home = await temporaryFolder();
  const file = join(home.path, 'descriptor.json');
  const { exitCode, stderr } = await cli(['validat', file, '--format', 'sarif'], {
    home: home.path,
  });
  expect([exitCode, stderr]).toEqual([
    66,
    expect.stringContaining('Did you mean `cyto-run validate`?'),
  ]);
});

test('an input named like a member of every object of JavaScript is given with --param', async () => {
  await using home = await temporaryFolder();
  const ids = ['constructor', '__proto__', 'toString'];
  await writeFile(
    join(home.path, 'named.json'),
    descriptorText({
      'command-line': 'x [CONSTRUCTOR] [__PROTO__] [TOSTRING]',
      inputs: ids.map((id) => input(id, { optional: true })),
    }),
  );
  const given = ids.flatMap((id) => ['--param', `${id}=${id}-1`]);
  const all = await cli(['command', 'named.json', ...given], { home: home.path });
  expect(all.stdout).toBe('x constructor-1 __proto__-1 toString-1\n');
  const none = await cli(['command', 'named.json'], { home: home.path });
  expect(none.stdout.trim()).toBe('x');
  const flag = await cli(['command', 'named.json', '--constructor', '5'], { home: home.path });
  expect([flag.exitCode, flag.stderr]).toEqual([
    64,
    expect.stringContaining('Give it as --param constructor=VALUE.'),
  ]);
});

test('an input of one letter, as fsl_stats has a `d`, is a flag of its app', async () => {
  await using home = await temporaryFolder();
  await writeFile(
    join(home.path, 'letter.json'),
    descriptorText({ 'command-line': 'x [D]', inputs: [input('d', { optional: true })] }),
  );
  for (const command of [['command'], ['run', '--dry-run', '--engine', 'process']]) {
    const args = [...command, 'letter.json', '--d', 'a b'];
    const { stdout, stderr } = await cli(args, { home: home.path });
    expect(stdout, stderr).toContain("x 'a b'\n");
  }
});
