import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { cli, type CliResult } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const APPS = new URL('../../apps', import.meta.url).pathname;
const NUCLEI = join(APPS, 'nuclei-segment/descriptor.json');
const TISSUE = join(APPS, 'tissue-detect/descriptor.json');

async function told(...args: string[]): Promise<CliResult> {
  await using home = await temporaryFolder();
  return await cli(args, { home: home.path });
}

describe('describe', () => {
  test('is a page with what the app does, takes and leaves', async () => {
    const { exitCode, stdout, stderr } = await told('describe', NUCLEI);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const text of [
      'nuclei-segment 1.0.0',
      'Segments the nuclei',
      'cyto-run/nuclei-segment:1',
      'required',
      'one of hematoxylin, eosin, dab',
      'at most one of: threshold_method, fixed_threshold',
      '[RESULTS_FOLDER]/[IMAGE]_labels.tif',
      'A parameter is wrong',
    ])
      expect(stdout).toContain(text);
  });

  test('gives programs the model', async () => {
    const { stdout } = await told('describe', TISSUE, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'tissue-detect',
      dialect: 'cytomine-0.1',
      serverInputs: [{ id: 'cytomine_host' }, {}, {}, {}, {}],
    });
  });

  test('describes a descriptor with errors, and tells them', async () => {
    await using home = await temporaryFolder();
    const bad =
      '{"name": "x", "command-line": "run [A]", "inputs": [{"id": "b", "type": "Nmber"}]}';
    await writeFile(join(home.path, 'bad.json'), bad);
    const { exitCode, stdout } = await cli(['describe', 'bad.json'], { home: home.path });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Worth knowing');
    expect(stdout).toContain('Nmber');
  });
});

describe('schema', () => {
  test("is the JSON Schema of a descriptor's invocations", async () => {
    const { exitCode, stdout } = await told('schema', NUCLEI);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['image'],
      properties: { min_area: { type: 'integer', minimum: 1, default: 40 } },
    });
  });

  test('lists our own formats, and gives each', async () => {
    const { stdout } = await told('schema', '--list', '--json');
    const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['boutiques-0.5', 'cytomine-0.1', 'invocation']));
    for (const name of names) {
      const { stdout: text } = await told('schema', name);
      expect(JSON.parse(text)).toHaveProperty('title');
    }
  });

  test('knows what was meant by a name that is nearly one', async () => {
    const { exitCode, stderr } = await told('schema', 'boutiques');
    expect(exitCode).toBe(64);
    expect(stderr).toContain('Did you mean boutiques-0.5?');
    const missing = await told('schema', 'no/such.json');
    expect(missing.exitCode).toBe(66);
  });
});

describe('example', () => {
  test('is what must be given, as a file that can be run', async () => {
    await using home = await temporaryFolder();
    const { stdout } = await cli(['example', NUCLEI], { home: home.path });
    expect(JSON.parse(stdout)).toEqual({ image: '/path/to/image' });
    const command = await cli(['command', NUCLEI, '-i', '-'], { home: home.path, input: stdout });
    expect(command.exitCode).toBe(0);
  });

  test('as YAML tells what each parameter is', async () => {
    await using home = await temporaryFolder();
    const { stdout } = await cli(['example', NUCLEI, '--complete', '--yaml'], { home: home.path });
    expect(stdout).toContain('# Smallest nucleus: Square pixels (a whole number of at least 1)\n');
    expect(stdout).toContain('min_area: 40\n');
    await writeFile(join(home.path, 'values.yaml'), stdout);
    const args = ['command', NUCLEI, '-i', 'values.yaml'];
    expect((await cli(args, { home: home.path })).exitCode).toBe(0);
  });

  test('is random, and the same for the same seed', async () => {
    const args = ['example', NUCLEI, '--complete', '--seed'];
    const [first, again, other] = [
      await told(...args, '7'),
      await told(...args, '7'),
      await told(...args, '8'),
    ];
    expect(first.stdout).toBe(again.stdout);
    expect(first.stdout).not.toBe(other.stdout);
    const drawn = await told('example', NUCLEI, '--complete', '--random');
    const seed = /^seed: (\d+)\n$/.exec(drawn.stderr)?.[1];
    expect((await told(...args, seed!)).stdout).toBe(drawn.stdout);
    expect((await told(...args, 'x')).exitCode).toBe(64);
  });
});

describe('command', () => {
  test('is the line a shell gets, from flags of the descriptor’s own', async () => {
    const args = [
      'command',
      NUCLEI,
      '--image',
      "a 'b'.png",
      '-p',
      'min_area=7',
      '--drop_border_nuclei',
    ];
    const { exitCode, stdout, stderr } = await told(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const words = spawnSync('sh', ['-c', `printf '%s\\n' ${stdout}`], { encoding: 'utf8' });
    expect(words.stdout.split('\n').slice(0, 3)).toEqual(['python3', '/app/run.py', "a 'b'.png"]);
    expect(stdout).toContain(' --min-area 7 ');
    expect(stdout).toContain(' --drop-border-nuclei ');
  });

  test('is what a dry run says of the same values', async () => {
    const values = ['--image', join(APPS, 'samples/ihc.png'), '--min_area', '7'];
    const { stdout } = await told('command', NUCLEI, ...values, '--json');
    const dry = await told(NUCLEI, ...values, '--dry-run', '--json');
    const { command } = JSON.parse(dry.stdout) as { command: object };
    const { argv, shellLine } = JSON.parse(stdout) as { argv: unknown; shellLine: unknown };
    expect({ argv, shellLine }).toMatchObject({
      argv: (command as { argv: unknown }).argv,
      shellLine: (command as { shellLine: unknown }).shellLine,
    });
  });

  test('of a Cytomine app tells which server values it lacks, and shows secrets as asterisks', async () => {
    const bare = await told('command', TISSUE);
    expect(bare.exitCode).toBe(0);
    expect(bare.stdout).toMatch(/^python run\.py --log_level INFO /);
    expect(bare.stderr).toContain('without cytomine_host, cytomine_public_key');
    const ids = ['host', 'public_key', 'private_key', 'id_project', 'id_software'];
    const server = ids.flatMap((id) => ['--server-param', `cytomine_${id}=123`]);
    const full = await told('command', TISSUE, ...server);
    expect(full.stderr).toBe('');
    expect(full.stdout).toContain("--cytomine_private_key '*****'");
  });

  test('in folder mode has the folders as the app sees them', async () => {
    const { stdout, stderr } = await told('command', TISSUE, '--in', 'slides', '--out', 'o');
    expect(stdout).toContain('--infolder /data/in --outfolder /data/out');
    expect(stderr).toBe('');
  });

  test('refuses values that do not fit, all at once', async () => {
    const { exitCode, stderr } = await told(
      'command',
      NUCLEI,
      '-p',
      'min_area=0',
      '-p',
      'stian=dab',
    );
    expect(exitCode).toBe(65);
    expect(stderr).toContain('`min_area`');
    expect(stderr).toContain('Write `stain`.');
    expect(stderr).toContain('`image` (Picture) is required');
  });

  test('has the descriptor’s parameters in its help', async () => {
    const { exitCode, stdout } = await told('command', NUCLEI, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--smoothing_sigma');
    expect(stdout).toContain('Exit codes:');
  });
});

describe('completion', () => {
  const offered = async (line: string): Promise<string[]> => {
    const { stdout } = await told('__complete', '--line', '--', line);
    return stdout.split('\n').map((one) => one.split('\t')[0]!);
  };

  test('offers the parameters of the descriptor behind `command`, and files where a file is meant', async () => {
    expect(await offered(`cyto-run command ${NUCLEI} --sta`)).toEqual(['--stain', '']);
    expect(await offered(`cyto-run command ${NUCLEI} --stain d`)).toEqual(['dab', '']);
    expect(await offered('cyto-run validate --format s')).toEqual(['sarif', '']);
    expect(await offered('cyto-run validate ap')).toEqual(['']);
  });
});
