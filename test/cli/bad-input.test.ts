import { chmod, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, test } from 'vitest';

import { cli, type CliResult } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { probeImage } from '../support/probe-image.ts';
import { testOnSmallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROBE = new URL('../../apps/probe/descriptor.json', import.meta.url).pathname;
const TISSUE = new URL('../../apps/tissue-detect/descriptor.json', import.meta.url).pathname;
const NOWHERE = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };

/** The error document of `--json`, and that the sentence, the hint and the code stand on stderr too. */
function errorOf({ stdout, stderr }: CliResult): { code: string; message: string; hint?: string } {
  const { error } = JSON.parse(stdout) as {
    error: { code: string; message: string; hint?: string };
  };
  expect(stderr).toContain(`code: ${error.code}`);
  expect(stderr).toContain(error.message.split('\n')[0]);
  expect(stderr).not.toMatch(/\n\s+at .*\.(ts|js):/);
  return error;
}

interface BadDescriptor {
  readonly what: string;
  readonly content: string | Buffer;
  readonly exitCode: number;
  readonly code: string;
  readonly says: RegExp;
}

const BAD_DESCRIPTORS: readonly BadDescriptor[] = [
  { what: 'is empty', content: '', exitCode: 65, code: 'descriptor-invalid', says: /empty/i },
  {
    what: 'is not UTF-8',
    content: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
    exitCode: 66,
    code: 'descriptor-unreadable',
    says: /not UTF-8: byte 3/,
  },
  {
    what: 'is not JSON',
    content: '{\n  "name": "x",\n  oops\n}',
    exitCode: 65,
    code: 'descriptor-invalid',
    says: /bad\.json:3:3/,
  },
  {
    what: 'has a schema version nobody knows',
    content: JSON.stringify({
      'schema-version': '0.9',
      name: 'x',
      description: 'x',
      'tool-version': '1',
      'command-line': 'x [A]',
      inputs: [{ id: 'a', name: 'a', type: 'String', 'value-key': '[A]' }],
    }),
    exitCode: 65,
    code: 'descriptor-invalid',
    says: /0\.9/,
  },
  { what: 'is a list', content: '[]', exitCode: 65, code: 'descriptor-invalid', says: /object/ },
];

describe('a descriptor that cannot be run is refused with its place and what to do', () => {
  test.each(BAD_DESCRIPTORS)('one that $what', async ({ content, exitCode, code, says }) => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'bad.json'), content);
    const result = await cli(['bad.json', '--json'], { home: home.path, env: NOWHERE });
    expect(result.exitCode).toBe(exitCode);
    expect(errorOf(result)).toMatchObject({ code, message: expect.stringMatching(says) as string });
  });

  test('one that is missing, a folder, or 100 MB', async () => {
    await using home = await temporaryFolder();
    await mkdir(join(home.path, 'folder.json'));
    await writeFile(join(home.path, 'huge.json'), '');
    await truncate(join(home.path, 'huge.json'), 100_000_000);
    const says = {
      'missing.json': /does not exist/,
      'folder.json': /is a folder/,
      'huge.json': /100000000 bytes, more than/,
    };
    for (const [file, sentence] of Object.entries(says)) {
      const result = await cli([file, '--json'], { home: home.path, env: NOWHERE });
      expect(result.exitCode, file).toBe(66);
      expect(errorOf(result).message).toMatch(sentence);
    }
  });
});

describe('a value that does not fit is refused with the nearest that would', () => {
  const cases: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['a flag nobody knows', ['--treshold_constant', '5'], 64, /threshold_constant/],
    ['an unknown parameter', ['--param', 'treshold_constant=5'], 65, /threshold_constant/],
    [
      'a repeated parameter',
      ['--param', 'threshold_constant=5', '--param', 'threshold_constant=6'],
      65,
      /once/,
    ],
    ['a text where a number belongs', ['--threshold_constant', 'five'], 65, /number/],
    ['a number out of its range', ['--max_image_size', '-1'], 65, /max_image_size/],
    ['a value set by the server', ['--param', 'cytomine_host=x'], 65, /server/],
    ['a parameter that is no assignment', ['--param', 'threshold'], 64, /id=value/],
    ['a size that is none', ['--memory', '12 parsecs'], 64, /memory|size/],
    ['a duration that is none', ['--timeout', 'soon'], 64, /timeout|duration/],
    ['a network that is none', ['--network', 'wifi'], 64, /network|wifi/],
    ['a mount that is none', ['--mount', '/nowhere'], 64, /SOURCE:TARGET/],
    ['a mount of what is not there', ['--mount', '/nowhere:/x'], 66, /does not exist/],
    ['ground truth without pictures', ['--gt', '.'], 64, /--in/],
  ];
  test.each(cases)('%s', async (_what, args, exitCode, says) => {
    await using home = await temporaryFolder();
    const folders = args.includes('--gt') ? [] : ['--in', '.'];
    const result = await cli([TISSUE, ...folders, ...args, '--json'], {
      home: home.path,
      env: NOWHERE,
    });
    const error = errorOf(result);
    expect(`${error.message} ${error.hint ?? ''}`).toMatch(says);
    expect(result.exitCode).toBe(exitCode);
  });

  test('a required parameter that is missing', async () => {
    await using home = await temporaryFolder();
    const result = await cli([PROBE, '--json'], { home: home.path, env: NOWHERE });
    expect(result.exitCode).toBe(65);
    expect(errorOf(result).message).toMatch(/verbs/);
  });

  test('a value with NUL, from a file', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'value'), 'a\0b');
    const result = await cli([PROBE, '--param', 'verbs=@value', '--json'], {
      home: home.path,
      env: NOWHERE,
    });
    expect(result.exitCode).toBe(65);
  });
});

describe('files and folders are checked before anything runs', () => {
  test('inputs that are missing or a socket, all at once', async () => {
    await using home = await temporaryFolder('cyto-run-');
    const descriptor = join(home.path, 'app.json');
    await writeFile(descriptor, JSON.stringify(filesApp));
    const socket = join(home.path, 'socket');
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    const result = await cli([descriptor, '--files', 'missing.tif', '--files', socket, '--json'], {
      home: home.path,
      env: NOWHERE,
    });
    server.close();
    expect(result.exitCode).toBe(66);
    expect(errorOf(result).message).toMatch(/missing\.tif" does not exist\n.*is a socket/);
  });

  test('files of values that cannot be read are told as what they are', async () => {
    await using home = await temporaryFolder();
    await writeFile(join(home.path, 'bytes.txt'), Buffer.from([0x78, 0xff]));
    for (const [args, says, tries] of [
      [['--param', 'verbs=@absent.txt'], /"absent.txt" does not exist/, /Behind @/],
      [['--param', 'verbs=@bytes.txt'], /"bytes.txt" is not UTF-8: byte 2/, /Behind @/],
      [['-i', '.'], /"." is a folder, a file is needed/, /file of values/],
    ] as const) {
      const result = await cli([PROBE, ...args, '--dry-run', '--json'], { home: home.path });
      expect(result.exitCode).toBe(66);
      expect(errorOf(result)).toMatchObject({
        code: 'input-missing',
        message: expect.stringMatching(says) as string,
        hint: expect.stringMatching(tries) as string,
      });
    }
  });

  test('an output folder that cannot be made, though its permissions say that it can', async () => {
    await using home = await temporaryFolder();
    const result = await cli([PROBE, '--param', 'verbs=x', '--out', '/proc/x', '--json'], {
      home: home.path,
      env: NOWHERE,
    });
    expect(result.exitCode).toBe(73);
    expect(errorOf(result)).toMatchObject({
      code: 'output-folder-unusable',
      message: expect.stringContaining('nothing can be made in "/proc"') as string,
    });
  });

  test('an output folder inside an input, or one that is a file', async () => {
    await using home = await temporaryFolder();
    await mkdir(join(home.path, 'slides'));
    await writeFile(join(home.path, 'file'), '');
    for (const out of ['slides/out', 'slides', 'file', 'file/below']) {
      const result = await cli([TISSUE, '--in', 'slides', '--out', out, '--json'], {
        home: home.path,
        env: NOWHERE,
      });
      expect(result.exitCode, out).toBe(73);
      expect(errorOf(result).code).toBe('output-folder-unusable');
    }
    expect((await readdir(home.path)).sort()).toEqual(['file', 'slides']);
  });

  testOnSmallDisk('an output folder on a read-only file system', 1_000_000, async (disk) => {
    await using home = await temporaryFolder();
    disk.makeReadOnly();
    const result = await cli([TISSUE, '--in', '.', '--out', join(disk.path, 'out'), '--json'], {
      home: home.path,
      env: NOWHERE,
    });
    expect(result.exitCode).toBe(73);
    expect(errorOf(result).message).toContain('read-only');
  });

  testOnSmallDisk('a data folder on a read-only file system', 1_000_000, async (disk) => {
    disk.makeReadOnly();
    await using cwd = await temporaryFolder();
    const result = await cli([PROBE, '--param', 'verbs=exit', '--json'], {
      home: disk.path,
      cwd: cwd.path,
      env: NOWHERE,
    });
    expect(result.exitCode).toBe(78);
    expect(errorOf(result).code).toBe('store-unusable');
  });

  test('a data folder of a newer version', async () => {
    await using home = await temporaryFolder();
    await cli([PROBE, '--param', 'verbs=exit'], { home: home.path, env: NOWHERE });
    const database = new DatabaseSync(join(home.path, 'cyto-run.db'));
    database.exec('PRAGMA user_version = 9999');
    database.close();
    const result = await cli(['runs', '--json'], { home: home.path });
    expect(result.exitCode).toBe(78);
    expect(errorOf(result).code).toBe('store-newer');
  });
});

test('no engine: the run is recorded as failed, and the exit code says so', async () => {
  await using home = await temporaryFolder();
  const result = await cli([PROBE, '--param', 'verbs=exit'], { home: home.path, env: NOWHERE });
  expect(result.exitCode).toBe(69);
  expect(result.stderr).toContain('engine-unavailable');
  expect((await cli(['runs', '--json'], { home: home.path })).stdout).toContain(
    '"engine-unavailable"',
  );
});

test('a run nobody knows is answered with what there is', async () => {
  await using home = await temporaryFolder();
  for (const command of ['show', 'logs', 'outputs', 'rerun', 'cancel', 'wait', 'rm', 'export']) {
    const result = await cli([command, 'zzzzz', ...(command === 'logs' ? [] : ['--json'])], {
      home: home.path,
    });
    expect(result.exitCode, command).toBe(66);
    expect(result.stderr).toContain('code: run-not-found');
  }
});

describeWith('docker', 'bad images and bad outputs', () => {
  beforeAll(probeImage);
  const probe = (...verbs: string[]): string[] => [
    PROBE,
    ...verbs.flatMap((verb) => ['--param', `verbs=${verb}`]),
  ];

  test('an image that is not here and may not be pulled', async () => {
    await using home = await temporaryFolder();
    const result = await cli(
      [...probe('exit', '0'), '--use-image', 'cyto-run/prob:1', '--pull', 'never'],
      { home: home.path },
    );
    expect(result.exitCode).toBe(66);
    expect(result.stderr).toContain('image-not-found');
    expect(result.stderr).toContain('cyto-run/probe:1');
  });

  test('an image without the program', async () => {
    await using home = await temporaryFolder();
    const descriptor = join(home.path, 'app.json');
    await writeFile(descriptor, JSON.stringify({ ...filesApp, shell: '/bin/nosuchshell' }));
    await writeFile(join(home.path, 'a'), '');
    const result = await cli([descriptor, '--files', 'a'], { home: home.path });
    expect(result.exitCode).toBe(127);
    expect(result.stderr).toContain('/bin/nosuchshell');
  });

  test('a GPU where there is none: refused at once, or a run without one and a warning', async () => {
    await using home = await temporaryFolder();
    const refused = await cli([...probe('exit', '0'), '--gpus', 'all'], { home: home.path });
    expect(refused.exitCode).toBe(69);
    const { exitCode, stdout } = await cli(
      [...probe('exit', '0'), '--gpus', 'optional', '--json'],
      { home: home.path },
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('"gpu-absent"');
  });

  test('an output that is a link out of its folder is not followed', async () => {
    await using home = await temporaryFolder();
    const { exitCode, stderr } = await cli(
      [...probe('link', '/etc/passwd', 'a.txt'), '--out', join(home.path, 'out')],
      { home: home.path },
    );
    expect(exitCode).toBe(65);
    expect(stderr).toContain('output-invalid');
    expect(await readdir(home.path)).not.toContain('out');
  });

  test('a named pipe among the outputs', async () => {
    await using home = await temporaryFolder();
    const { exitCode, stderr } = await cli(probe('fifo', 'a.txt'), { home: home.path });
    expect(exitCode).toBe(65);
    expect(stderr).toContain('named');
  });

  test('names with newlines and ten thousand files are kept, and told in one screen', async () => {
    await using home = await temporaryFolder();
    const out = join(home.path, 'out');
    const descriptor = join(home.path, 'app.json');
    await writeFile(descriptor, JSON.stringify(manyApp));
    const { exitCode, stderr } = await cli([descriptor, '--out', out], { home: home.path });
    expect(exitCode).toBe(0);
    expect(stderr.split('\n').length).toBeLessThan(60);
    expect(await readdir(join(out, 'many'))).toHaveLength(10_000);
    expect((await readdir(join(out, 'odd'))).some((name) => name.includes('\n'))).toBe(true);
  }, 600_000);

  testOnSmallDisk(
    'a full disk under the output folder: the outputs are kept and named',
    300_000,
    async (disk) => {
      await using home = await temporaryFolder();
      const out = join(disk.path, 'out');
      const { exitCode, stderr } = await cli(
        [...probe('fill', 'big.txt', '2000000'), '--out', out],
        { home: home.path },
      );
      expect(exitCode).toBe(75);
      expect(stderr).toContain('disk-full');
      const { stdout } = await cli(['outputs', '--json'], { home: home.path });
      const { outputs } = JSON.parse(stdout) as { outputs: { location: string }[] };
      expect((await readFile(outputs[0]?.location ?? '')).length).toBe(2_000_000);
    },
  );

  testOnSmallDisk(
    'a full disk under the data folder: the run ends as disk-full',
    4_000_000,
    async (disk) => {
      await chmod(disk.path, 0o755);
      await using cwd = await temporaryFolder();
      const { exitCode, stderr } = await cli(probe('log', 'stdout', '50000000'), {
        home: disk.path,
        cwd: cwd.path,
      });
      expect(stderr).toContain('disk-full');
      expect(exitCode).toBe(75);
    },
  );
});

const filesApp = {
  'schema-version': '0.5',
  name: 'files',
  description: 'For a test.',
  'tool-version': '1',
  'command-line': 'probe argv [FILES]',
  'container-image': { type: 'docker', image: 'cyto-run/probe:1' },
  inputs: [{ id: 'files', name: 'files', type: 'File', list: true, 'value-key': '[FILES]' }],
};

const manyApp = {
  ...filesApp,
  name: 'many',
  'command-line':
    'probe folder many then many many 10000 then folder odd then newline-name odd # [X]',
  inputs: [{ id: 'x', name: 'x', type: 'String', optional: true, 'value-key': '[X]' }],
  'output-files': [
    { id: 'many', name: 'many', 'path-template': 'many/*', list: true },
    { id: 'odd', name: 'odd', 'path-template': 'odd/*', list: true },
  ],
};
