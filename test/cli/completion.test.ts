import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

import { parseDescriptor } from '../../src/descriptor/index.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { completions, namesWanted } from '../../src/cli/completion/words.ts';
import { cli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const app = {
  'schema-version': '0.5',
  name: 'demo',
  description: 'For a test.',
  'tool-version': '1',
  'command-line': 'demo [MODE] [SIGMA] [MEMORY]',
  'container-image': { type: 'docker', image: 'demo:1' },
  inputs: [
    {
      id: 'mode',
      name: 'Mode',
      type: 'String',
      'value-key': '[MODE]',
      'value-choices': ['fast', 'fine'],
    },
    { id: 'sigma', name: 'Sigma', type: 'Number', 'value-key': '[SIGMA]', optional: true },
    { id: 'memory', name: 'Memory', type: 'Number', 'value-key': '[MEMORY]', optional: true },
  ],
};
const { descriptor } = parseDescriptor(JSON.stringify(app));

const offered = (...words: string[]): string[] =>
  completions({ words, descriptor, names: ['NAME'] }).map(({ word }) => word);

describe('what may come next', () => {
  test('commands, without those for programs', () => {
    expect(offered('')).toContain('rerun');
    expect(offered('rer')).toEqual(['rerun']);
    expect(offered('__')).toEqual([]);
  });

  test('a descriptor’s parameters before our flags, except one whose name is ours', () => {
    const flags = offered('app.json', '--');
    expect(flags.slice(0, 2)).toEqual(['--mode', '--sigma']);
    expect(flags.filter((flag) => flag === '--memory')).toHaveLength(1);
    expect(flags).toContain('--dry-run');
  });

  test('the choices of a parameter, as a flag and as --param', () => {
    expect(offered('app.json', '--mode', '')).toEqual(['fast', 'fine']);
    expect(offered('app.json', '--param', 'm')).toEqual(['mode=', 'memory=']);
    expect(offered('app.json', '--param', 'mode=fi')).toEqual(['mode=fine']);
  });

  test('names of runs, batches and apps where such are meant', () => {
    const wanted = (line: string) => namesWanted(line.split(' '));
    for (const line of ['show ', 'logs -f ']) expect(wanted(line), line).toBe('run');
    expect(wanted('rm one ')).toBe('ended run');
    expect(wanted('cancel ')).toBe('active run');
    for (const line of ['hold ', 'hold one ', 'priority --to 5 '])
      expect(wanted(line), line).toBe('waiting run');
    expect(wanted('release ')).toBe('held run');
    for (const line of ['batch --retry ', 'batch --show b', 'runs --batch '])
      expect(wanted(line), line).toBe('batch');
    for (const line of ['apps show ', 'runs --app n', 'run tis', 'batch tis', 'tis'])
      expect(wanted(line), line).toBe('app');
    for (const line of [
      '',
      'ru',
      'run ',
      'run app.json x',
      'apps ',
      'apps register ',
      'apps add ',
      'show --js',
      'validate x',
      'x --out ',
    ])
      expect(wanted(line), line).toBeUndefined();
  });

  test.each([
    ...COMMANDS.flatMap(({ usage, firstWords }) =>
      firstWords === undefined ? [] : [[usage.split(' ')[0] ?? '', firstWords] as const],
    ),
  ])('the actions of %s, each of which it knows', async (command, words) => {
    expect(words.length).toBeGreaterThan(1);
    expect(offered(command, '')).toEqual(words);
    expect(offered(command, '--json', '')).toEqual(words);
    expect(offered(command, words[0] ?? '', '')).not.toEqual(words);
    await using home = await temporaryFolder();
    const { exitCode, stderr } = await cli([command, 'nonsense'], { home: home.path });
    expect(exitCode).toBe(64);
    for (const word of words) expect(stderr).toMatch(new RegExp(`\\b${word}\\b`));
  });

  test('every command whose first argument is an action says which there are', () => {
    const silent = COMMANDS.filter(
      ({ usage, firstWords }) => / \[(action|shell)\]/.test(usage) && firstWords === undefined,
    );
    expect(silent.map(({ usage }) => usage)).toEqual([]);
  });

  test('the schemas of the package', async () => {
    expect(namesWanted(['schema', ''])).toBe('schema');
    expect(namesWanted(['schema', 'invocation', ''])).toBeUndefined();
    await using home = await temporaryFolder();
    const { stdout } = await cli(['__complete', '--line', '--', 'cyto-run schema inv'], {
      home: home.path,
    });
    expect(stdout).toBe('invocation\tschema\n');
  });

  test('choices behind an equals sign, and file names where a file is meant', () => {
    expect(offered('app.json', '--mode=f')).toEqual(['--mode=fast', '--mode=fine']);
    expect(offered('app.json', '--param=mode=fi')).toEqual(['--param=mode=fine']);
    expect(offered('app.json', '--input=/tmp/x')).toEqual([]);
  });

  test('the choices of our flags, and run ids where a run is meant', () => {
    expect(offered('app.json', '--network', '')).toEqual(['none', 'bridge', 'host']);
    expect(offered('show', '')).toEqual(['NAME']);
    expect(offered('runs', '--state', 'EX')).toEqual(['EXECUTOR_ERROR']);
    expect(offered('runs', '--state', '')).toContain('failed');
  });

  test('file names where nothing of ours fits', () => {
    expect(offered('app.json', '--out', '')).toEqual([]);
  });
});

/** A folder with `cyto-run` on it as a command, and the descriptor. */
async function withCommand(
  use: (folder: string, env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder('cyto-run-completion-');
  const launcher = fileURLToPath(new URL('../../bin/cyto-run.js', import.meta.url));
  const command = join(folder.path, 'cyto-run');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`);
  await chmod(command, 0o755);
  await writeFile(join(folder.path, 'app.json'), JSON.stringify(app));
  const env = {
    ...process.env,
    PATH: `${folder.path}:${process.env['PATH'] ?? ''}`,
    CYTO_RUN_HOME: join(folder.path, 'home'),
  };
  await use(folder.path, env);
}

test('bash offers a parameter’s choices, also behind an equals sign', () =>
  withCommand(async (folder, env) => {
    const { stdout } = await cli(['completion', 'bash'], { home: folder });
    await writeFile(join(folder, 'completion.bash'), stdout);
    const replies = (line: string, ...words: string[]): string[] => {
      const script = [
        'source ./completion.bash',
        `COMP_LINE=${JSON.stringify(line)} COMP_POINT=${line.length}`,
        `COMP_WORDS=(${words.map((word) => JSON.stringify(word)).join(' ')}) COMP_CWORD=${words.length - 1}`,
        '_cyto_run 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"',
      ].join('\n');
      const answer = execFileSync('bash', ['-c', script], { cwd: folder, env, encoding: 'utf8' });
      return answer.trim().split('\n');
    };
    expect(replies('cyto-run app.json --mode f', 'cyto-run', 'app.json', '--mode', 'f')).toEqual([
      'fast',
      'fine',
    ]);
    const behind = ['cyto-run', 'app.json', '--param', 'mode', '=', 'fi'];
    expect(replies('cyto-run app.json --param mode=fi', ...behind)).toEqual(['fine']);
    const equals = ['cyto-run', 'app.json', '--mode', '=', 'fi'];
    expect(replies('cyto-run app.json --mode=fi', ...equals)).toEqual(['fine']);
    const nested = ['cyto-run', 'app.json', '--param', '=', 'm'];
    expect(replies('cyto-run app.json --param=m', ...nested)).toEqual(['mode=', 'memory=']);
    const path = ['cyto-run', 'app.json', '--out', '=', 'app.j'];
    expect(replies('cyto-run app.json --out=app.j', ...path)).toEqual(['app.json']);
    expect(replies('cyto-run app.json --out=', ...path.slice(0, 3), '=')).toContain('app.json');
    expect(replies('cyto-run show --js', 'cyto-run', 'show', '--js')).toEqual(['--json']);
    await writeFile(
      join(folder, 'cyto-run'),
      "#!/bin/sh\nprintf 'demo@1.0\\tapp\\ndemo@1.1\\tapp\\n'\n",
    );
    expect(replies('cyto-run run de', 'cyto-run', 'run', 'de')).toEqual(['demo@1.0', 'demo@1.1']);
    const version = ['cyto-run', 'run', 'demo', '@', '1'];
    expect(replies('cyto-run run demo@1', ...version)).toEqual(['1.0', '1.1']);
  }));

test.each(['bash', 'zsh', 'fish'] as const)(
  'the script for %s is one that the shell can read, where it is installed',
  async (shell) => {
    await using home = await temporaryFolder();
    const { stdout, exitCode } = await cli(['completion', shell], { home: home.path });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('__complete');
    const script = join(home.path, 'script');
    await writeFile(script, stdout);
    const check = shell === 'fish' ? '--no-execute' : '-n';
    const { error, status, stderr } = spawnSync(shell, [check, script], { encoding: 'utf8' });
    if (error === undefined) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  },
);
