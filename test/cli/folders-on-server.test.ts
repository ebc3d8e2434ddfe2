import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { cli, type CliResult } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { plainApp } from '../support/plain-app.ts';
import { PROBE_IMAGE, probeImage } from '../support/probe-image.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

/** Reads the three folders of folder mode in a real container, and leaves a folder. */
const FOLDERS = {
  name: 'folders',
  'schema-version': 'cytomine-0.1',
  'tool-version': '1',
  'container-image': { image: PROBE_IMAGE, type: 'singularity' },
  'command-line':
    'read /data/in/a.txt then copy /data/in/deep/b.txt /data/out/b.txt then folder /data/out/more then copy /data/gt/truth.txt /data/out/more/t.txt then argv [RADIUS]',
  inputs: [
    {
      id: 'radius',
      'value-key': '[RADIUS]',
      name: 'radius',
      type: 'Number',
      'default-value': 3,
      optional: true,
    },
  ],
};

describeWith('docker', 'folders of this machine on a server', () => {
  const stack = new AsyncDisposableStack();
  let server: TestServer;
  let here: string;
  let type: (...args: string[]) => Promise<CliResult>;

  beforeAll(async () => {
    await probeImage();
    const home = stack.use(await temporaryFolder());
    server = stack.use(await startTestServer({ home: home.path }));
    here = stack.use(await temporaryFolder()).path;
    type = (...args) => cli([...args, '--server', server.url], { home: here });
    await mkdir(join(here, 'my slides/deep'), { recursive: true });
    await mkdir(join(here, 'truth'));
    await writeFile(join(here, 'folders.json'), JSON.stringify(FOLDERS));
    await writeFile(join(here, 'my slides/a.txt'), 'seen\n');
    await writeFile(join(here, 'my slides/deep/b.txt'), 'copied\n');
    await writeFile(join(here, 'truth/truth.txt'), 'true\n');
  });
  afterAll(() => stack.disposeAsync());

  const text = (path: string): Promise<string> => readFile(join(here, path), 'utf8');

  test('folder mode: they are sent, once, and what the app leaves comes back', async () => {
    const line = ['folders.json', '--in', 'my slides', '--gt', 'truth', '--out'];
    const first = await type(...line, 'results');
    expect(first, first.stderr).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toContain('sending my slides/ (2 files, 12 B)');
    expect([await text('results/b.txt'), await text('results/more/t.txt')]).toEqual([
      'copied\n',
      'true\n',
    ]);
    const log = (await type('logs', '--stream', 'stdout')).stdout;
    expect(log).toContain('seen');
    expect(log).toContain('"--gtfolder"');
    const again = await type(...line, 'again');
    expect(again.stderr).toContain('my slides/ is on');
    await writeFile(join(here, 'my slides/a.txt'), 'other\n');
    const changed = await type(...line, 'changed', '--dry-run');
    expect(changed.stdout).toContain('/data/in');
    const uploads = await server.request<{ name: string }[]>('GET', '/uploads');
    expect(uploads.body.map(({ name }) => name).sort()).toEqual([
      'my slides',
      'my slides',
      'truth',
    ]);
  });

  test('a folder as the value of a file, and a folder of its own for each item of a batch', async () => {
    const listing = plainApp('cat [FILE]/*.txt > out.txt', {
      name: 'listing',
      'container-image': { type: 'docker', image: PROBE_IMAGE },
    });
    await writeFile(join(here, 'listing.json'), JSON.stringify(listing));
    const one = await type('listing.json', '--file', 'truth', '--out', 'listed');
    expect(one, one.stderr).toMatchObject({ exitCode: 0 });
    expect(await text('listed/out.txt')).toBe('true\n');
    await mkdir(join(here, 'sets/one/deep'), { recursive: true });
    await writeFile(join(here, 'sets/one/a.txt'), 'a of one\n');
    await writeFile(join(here, 'sets/one/deep/b.txt'), 'b of one\n');
    await writeFile(join(here, 'sets.csv'), 'item,@in,@gt\nfirst,sets/one,truth\n');
    const batch = await type('batch', 'folders.json', 'sets.csv', '--out', 'sets-out');
    expect(batch, batch.stderr).toMatchObject({ exitCode: 0 });
    expect(await text('sets-out/first/b.txt')).toBe('b of one\n');
    await rm(join(here, 'sets/one'), { recursive: true });
    expect(await type('batch', 'folders.json', 'sets.csv')).toMatchObject({ exitCode: 66 });
    expect(await type('listing.json', '--in', 'truth')).toMatchObject({ exitCode: 64 });
  });

  test('empty folders come with it, links inside are what they lead to, and what leads out is refused by name', async () => {
    const listing = plainApp(
      'w=$PWD; cd [FILE]; for p in * */*; do if test -d "$p"; then echo "$p/"; else echo "$p"; fi; done > "$w/out.txt"; cat link.txt >> "$w/out.txt"',
      {
        name: 'seen',
        'container-image': { type: 'docker', image: PROBE_IMAGE },
      },
    );
    await writeFile(join(here, 'seen.json'), JSON.stringify(listing));
    await mkdir(join(here, 'set/empty/deep'), { recursive: true });
    await mkdir(join(here, 'set/part'));
    await writeFile(join(here, 'set/part/a.txt'), 'a\n');
    await symlink('part/a.txt', join(here, 'set/link.txt'));
    await symlink('part', join(here, 'set/same'));
    const line = ['seen.json', '--file', 'set', '--out'];
    const first = await type(...line, 'seen');
    expect(first, first.stderr).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toContain('sending set/ (3 files, 6 B)');
    expect((await text('seen/out.txt')).trim().split('\n')).toEqual([
      ...['empty/', 'link.txt', 'part/', 'same/'],
      ...['empty/deep/', 'part/a.txt', 'same/a.txt', 'a'],
    ]);
    expect((await type(...line, 'seen')).stderr).toContain('set/ is on');
    await rm(join(here, 'set/empty/deep'), { recursive: true });
    expect((await type(...line, 'seen')).stderr).toContain('sending set/');

    await symlink('../folders.json', join(here, 'set/out'));
    await symlink('nowhere', join(here, 'set/part/gone'));
    await symlink('..', join(here, 'set/part/up'));
    const before = await server.request<unknown[]>('GET', '/uploads');
    await writeFile(join(here, 'truth/more.txt'), 'more\n');
    const refused = await type('folders.json', '--in', 'truth', '--gt', 'set');
    expect(refused).toMatchObject({
      exitCode: 66,
      stderr: expect.not.stringContaining('sending') as string,
    });
    for (const said of [
      '"out" is a link that leads out of the folder',
      '"part/gone" is a link that leads nowhere',
      '"part/up" is a link to a folder that it lies in',
    ])
      expect(refused.stderr).toContain(said);
    expect((await server.request<unknown[]>('GET', '/uploads')).body).toEqual(before.body);
  });
});

test('a folder is made of uploads by their paths, and of nothing else', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path });
  const sent = async (name: string): Promise<string> => {
    const begun = await server.request('POST', '/uploads', {
      headers: {
        'tus-resumable': '1.0.0',
        'upload-length': '0',
        'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
      },
    });
    return begun.headers.get('location')?.split('/').at(-1) ?? '';
  };
  const upload = await sent('a.txt');
  const madeWith = (
    paths: readonly string[],
    emptyFolders?: readonly string[],
  ): Promise<{ status: number; body: { id?: string } }> =>
    server.request('POST', '/uploads/folders', {
      body: { name: '../set', files: paths.map((path) => ({ path, upload })), emptyFolders },
    });
  const made = (...paths: string[]): ReturnType<typeof madeWith> => madeWith(paths);
  for (const hostile of ['../a', 'a/../../b', '/etc/x', 'a//b', '.', 'a\0b', '', 'x'.repeat(256)])
    for (const folders of [[hostile], []])
      expect((await madeWith(folders.length === 0 ? [hostile] : [], folders)).status, hostile).toBe(
        400,
      );
  expect((await made('a', 'a')).status).toBe(400);
  expect((await made('a', 'a/b')).status).toBe(400);
  for (const empty of [['a'], ['a/b'], ['b', 'b'], ['b/c', 'b']])
    expect((await madeWith(['a'], empty)).status, empty.join()).toBe(400);
  expect((await made('a', 'b/é\n')).status).toBe(201);
  expect((await made('gone')).status).toBe(404);
  const { body: uploads } = await server.request<{ id: string; name: string }[]>('GET', '/uploads');
  expect(uploads.map(({ name }) => name)).toEqual(['set']);
  const id = uploads[0]?.id ?? '';
  const patch = await server.request('PATCH', `/uploads/${id}`, {
    headers: {
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    },
    body: 'x',
  });
  expect(patch.status).toBe(400);
  expect((await server.request('DELETE', `/uploads/${id}`)).status).toBe(204);
});
