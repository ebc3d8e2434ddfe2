import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

import type { RunComparison } from '../../src/report/index.ts';
import type { RunRecord } from '../../src/runner/index.ts';
import type { RunPage } from '../../src/store/index.ts';
import { cli } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { probeImage } from '../support/probe-image.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROBE = new URL('../../apps/probe/descriptor.json', import.meta.url).pathname;
const probe = (...verbs: string[]): string[] => [
  PROBE,
  ...verbs.flatMap((verb) => ['--param', `verbs=${verb}`]),
];

describeWith('docker', 'commands about runs', () => {
  beforeAll(probeImage);

  test('values come from an invocation file, JSON or YAML, and flags replace them', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'a.json'), '{ "verbs": ["out", "from json"] }');
    await writeFile(join(home.path, 'a.yaml'), '# said in YAML\nverbs: [out, from yaml]\n');
    const said = async (...args: string[]): Promise<string> => {
      await cli([PROBE, ...args], { home: home.path });
      return (await cli(['logs'], { home: home.path })).stdout;
    };
    expect(await said('-i', 'a.json')).toBe('from json');
    expect(await said('-i', 'a.yaml')).toBe('from yaml');
    expect(await said('-i', 'a.json', '--verbs', 'out', '--verbs', 'from flags')).toBe(
      'from flags',
    );
  });

  test('folder mode hands a Cytomine app the folders, and no word of a server', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'app.json'), JSON.stringify(cytomineApp));
    await mkdir(join(home.path, 'my slides'));
    await mkdir(join(home.path, 'truth'));
    const { exitCode, stdout } = await cli(
      ['app.json', '--radius', '7', '--in', 'my slides', '--gt', 'truth', '--out', 'out', '--json'],
      { home: home.path },
    );
    expect(exitCode).toBe(0);
    expect(
      (JSON.parse(stdout) as RunRecord).container?.mounts.filter(({ readOnly }) => readOnly),
    ).toEqual([
      { source: join(home.path, 'my slides'), target: '/data/in', readOnly: true },
      { source: join(home.path, 'truth'), target: '/data/gt', readOnly: true },
    ]);
    const log = await cli(['logs', '--stream', 'stdout'], { home: home.path });
    expect((JSON.parse(log.stdout) as { argv: string[] }).argv).toEqual(
      'python run.py --radius 7 --infolder /data/in --outfolder /data/out --gtfolder /data/gt --local -nmc'.split(
        ' ',
      ),
    );
  });

  test('a server’s values come from the configuration, reach the app, and open the network', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'app.json'), JSON.stringify(cytomineApp));
    const file =
      'server-parameters:\n  cytomine_host: https://example.org\nlimits: { memory: 64MiB }\n';
    await writeFile(join(home.path, 'cyto-run.yaml'), file);
    const { stdout } = await cli(['app.json', '--dry-run', '--json'], { home: home.path });
    expect(stdout).toContain('https://example.org');
    expect(
      JSON.parse(stdout) as { security: { network: string }; limits: { memoryBytes: number } },
    ).toMatchObject({
      security: { network: 'bridge' },
      limits: { memoryBytes: 64 * 2 ** 20 },
    });
    const shown = await cli(['config', 'show'], { home: home.path });
    expect(shown.stdout).toMatch(/limits\.memory .*cyto-run\.yaml:3/);
  });

  test('lists, filters and pages runs, newest first', async () => {
    await using home = await temporaryFolder();
    for (const code of ['0', '3', '0']) await cli(probe('exit', code), { home: home.path });
    const list = async (...args: string[]): Promise<RunPage> =>
      JSON.parse((await cli(['runs', '--json', ...args], { home: home.path })).stdout) as RunPage;
    const all = await list();
    expect(all.runs.map(({ exitCode }) => exitCode)).toEqual([0, 3, 0]);
    const first = await list('--limit', '2');
    const second = await list('--limit', '2', '--cursor', first.nextCursor ?? '');
    expect([...first.runs, ...second.runs]).toEqual(all.runs);
    expect((await list('--state', 'executor_error')).runs).toHaveLength(1);
    expect((await list('--app', 'nothing')).runs).toEqual([]);
    const text = await cli(['runs'], { home: home.path });
    expect(text.stdout.split('\n')[0]).toMatch(/^RUN +STATE +APP/);
  });

  test('finds a run by its id, a part of it, and its place from the end', async () => {
    await using home = await temporaryFolder();
    await cli(probe('exit', '3'), { home: home.path });
    await cli(probe('exit', '0'), { home: home.path });
    const show = async (run: string): Promise<string> =>
      (JSON.parse((await cli(['show', run, '--json'], { home: home.path })).stdout) as RunRecord)
        .runId;
    const newest = await show('last');
    expect(await show(newest)).toBe(newest);
    expect(await show(newest.slice(-5))).toBe(newest);
    expect(await show('last~1')).not.toBe(newest);
  });

  test('says of each output whether it is still what it was', async () => {
    await using home = await temporaryFolder();
    const out = join(home.path, 'out');
    await cli([...probe('write', 'a.txt', 'x', 'then', 'write', 'b.txt', 'y'), '--out', out], {
      home: home.path,
    });
    expect((await cli(['outputs', '--verify'], { home: home.path })).exitCode).toBe(0);
    await writeFile(join(out, 'a.txt'), 'z');
    const { exitCode, stdout } = await cli(['outputs', '--verify', '--json'], { home: home.path });
    expect(exitCode).toBe(1);
    expect(
      (JSON.parse(stdout) as { outputs: { path: string; now: string }[] }).outputs.map(
        ({ path, now }) => [path, now],
      ),
    ).toEqual([
      ['a.txt', 'changed'],
      ['b.txt', 'same'],
    ]);
  });

  test('a repetition that gives other bytes ends with 1 and names them', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'app.json'), JSON.stringify(copyApp));
    await writeFile(join(home.path, 'in.txt'), 'before');
    await cli(['app.json', '--file', 'in.txt'], { home: home.path });
    const same = await cli(['rerun', '--json'], { home: home.path });
    expect(same.exitCode).toBe(0);
    await writeFile(join(home.path, 'in.txt'), 'after!');
    const other = await cli(['rerun', '--json'], { home: home.path });
    expect(other.exitCode).toBe(1);
    const { comparison } = JSON.parse(other.stdout) as { comparison: RunComparison };
    expect(comparison.reproduced).toBe(false);
    expect(comparison.causes).toEqual([
      expect.objectContaining({ what: 'input', name: expect.stringMatching(/^file /) as string }),
    ]);
    expect(comparison.outputs).toEqual([
      expect.objectContaining({ path: 'out.txt', result: 'different' }),
    ]);
  });

  test('forgets a run with its folder, but not an output in the caller’s folder', async () => {
    await using home = await temporaryFolder();
    const out = join(home.path, 'out');
    await cli([...probe('write', 'a.txt', 'x'), '--out', out], { home: home.path });
    expect((await cli(['rm', 'last', '--dry-run'], { home: home.path })).stdout).toContain(
      'would remove',
    );
    expect((await cli(['rm', 'last'], { home: home.path })).exitCode).toBe(0);
    expect(await readdir(join(home.path, 'runs'))).toEqual([]);
    expect(await readFile(join(out, 'a.txt'), 'utf8')).toBe('x');
    expect((await cli(['show', 'last'], { home: home.path })).exitCode).toBe(66);
  });

  test('exports a run as a crate with everything that it names, and never into a folder that holds something', async () => {
    await using home = await temporaryFolder();
    await cli(probe('write', 'a.txt', 'x', 'then', 'out', 'said'), { home: home.path });
    const crate = join(home.path, 'crate');
    expect(
      (await cli(['export', '--out', crate, '--license', 'CC0-1.0'], { home: home.path })).exitCode,
    ).toBe(0);
    const metadata = JSON.parse(await readFile(join(crate, 'ro-crate-metadata.json'), 'utf8')) as {
      '@graph': { '@id': string; '@type': string | string[] }[];
    };
    const files = metadata['@graph']
      .filter((entity) => entity['@type'] === 'File')
      .map((entity) => entity['@id']);
    for (const file of files) await readFile(join(crate, decodeURI(file)));
    expect(files).toEqual(
      expect.arrayContaining(['descriptor.json', 'outputs/a.txt', 'logs/stdout.log']),
    );
    expect((await cli(['export', '--out', crate], { home: home.path })).exitCode).toBe(73);
  });

  test('exports nothing that is not what the run left, and leaves no half of a crate', async () => {
    await using home = await temporaryFolder();
    const out = join(home.path, 'out');
    await cli([...probe('write', 'a.txt', 'x'), '--out', out], { home: home.path });
    await writeFile(join(out, 'a.txt'), 'edited');
    const changed = await cli(['export', '--out', 'crate'], { home: home.path });
    expect(changed.exitCode).toBe(65);
    expect(changed.stderr).toContain('has changed since the run');
    await rm(join(out, 'a.txt'));
    const gone = await cli(['export', '--out', 'crate'], { home: home.path });
    expect(gone.stderr).toContain('is not there any more');
    expect(await readdir(home.path)).not.toContain('crate');
  });

  test('warns when a result of an earlier run is replaced, and when what an app wrote is no declared output', async () => {
    await using home = await temporaryFolder();
    const run = (...verbs: string[]) =>
      cli([...probe(...verbs), '--out', 'out', '--json'], { home: home.path });
    await run('write', 'a.txt', 'one');
    const again = await run('write', 'a.txt', 'one');
    expect((JSON.parse(again.stdout) as RunRecord).warnings).toEqual([]);
    const other = await run('write', 'a.txt', 'two');
    expect((JSON.parse(other.stdout) as RunRecord).warnings).toMatchObject([
      {
        code: 'outputs-replaced',
        message: expect.stringMatching(
          /^1 file that was there before has been replaced: ".*a\.txt"$/,
        ) as string,
      },
    ]);
    const lost = await run('write', 'a.csv', 'x');
    expect((JSON.parse(lost.stdout) as RunRecord).warnings).toMatchObject([
      { code: 'outputs-undeclared', message: expect.stringContaining('a.csv') as string },
    ]);
  });

  test('how a run ended is told also with --quiet: its outputs on stdout, its failure on stderr', async () => {
    await using home = await temporaryFolder();
    const well = await cli([...probe('write', 'a.txt', 'x'), '-q'], { home: home.path });
    expect(well).toMatchObject({ exitCode: 0, stderr: '' });
    expect(well.stdout).toContain('a.txt');
    const ill = await cli([...probe('exit', '3'), '-q'], { home: home.path });
    expect(ill).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ill.stderr).toContain('app-exit');
  });

  test('an app can be named by its folder; a descriptor that was forgotten is asked for', async () => {
    await using home = await temporaryFolder();
    const folder = await cli([dirname(PROBE), '-p', 'verbs=exit', '-p', 'verbs=4'], {
      home: home.path,
    });
    expect(folder.exitCode).toBe(4);
    await writeFile(join(home.path, 'slide.png'), 'pixels');
    const forgotten = await cli(['--image', 'slide.png'], { home: home.path });
    expect(forgotten.exitCode).toBe(64);
    expect(forgotten.stderr).toContain('which descriptor?');
  });

  test('doctor finds out by running a container, and says what is missing where there is no engine', async () => {
    await using home = await temporaryFolder();
    const well = await cli(['doctor', '--json'], { home: home.path });
    const { checks } = JSON.parse(well.stdout) as { checks: { name: string; result: string }[] };
    expect(checks.filter(({ result }) => result === 'fails')).toEqual([]);
    expect(checks).toContainEqual(expect.objectContaining({ name: 'no network', result: 'works' }));
    const ill = await cli(['doctor'], {
      home: home.path,
      env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    });
    expect(ill.exitCode).toBe(69);
    expect(ill.stdout).toContain('try:');
  });
});

const cytomineApp = {
  name: 'folders',
  description: 'For a test.',
  'schema-version': 'cytomine-0.1',
  'container-image': { type: 'singularity', image: 'cyto-run/probe:1' },
  'command-line': 'python run.py [CYTOMINE_HOST] [RADIUS]',
  inputs: [
    {
      id: 'cytomine_host',
      'value-key': '[CYTOMINE_HOST]',
      'command-line-flag': '--cytomine_host',
      name: 'Host',
      type: 'String',
      optional: false,
      'set-by-server': true,
    },
    {
      id: 'radius',
      'value-key': '[RADIUS]',
      'command-line-flag': '--radius',
      name: 'Radius',
      type: 'Number',
      'default-value': 5,
      optional: true,
    },
  ],
};

const copyApp = {
  'schema-version': '0.5',
  name: 'copy',
  description: 'For a test.',
  'tool-version': '1',
  'command-line': 'probe copy [FILE] out.txt',
  'container-image': { type: 'docker', image: 'cyto-run/probe:1' },
  inputs: [{ id: 'file', name: 'file', type: 'File', 'value-key': '[FILE]' }],
  'output-files': [{ id: 'copy', name: 'copy', 'path-template': 'out.txt' }],
};
