import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { connect, type App } from '../../src/client/index.ts';
import type { RunRecord } from '../../src/runner/index.ts';
import { cli } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { PROBE_IMAGE, probeImage } from '../support/probe-image.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const docker = (...args: string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

describeWith('docker', 'an app that is registered from its image', () => {
  const stack = new AsyncDisposableStack();
  const mark = randomBytes(6).toString('hex');
  let server: TestServer;
  let home = '';

  /** An image with this at /app/descriptor.json, and its own mark at /mark. */
  async function image(tag: string, put: (file: string) => Promise<void>): Promise<string> {
    const context = join(home, tag);
    const name = `cyto-run/of-image:${mark}-${tag}`;
    await mkdir(join(context, 'app'), { recursive: true });
    await put(join(context, 'app/descriptor.json'));
    await writeFile(join(context, 'mark'), tag);
    await writeFile(
      join(context, 'Dockerfile'),
      `FROM ${PROBE_IMAGE}\nCOPY app /app\nCOPY mark /mark\n`,
    );
    docker('build', '--quiet', '--tag', name, context);
    stack.defer(() => void docker('image', 'rm', '--force', name));
    return name;
  }

  /** The probe's, of this name; the image that it names is nowhere. */
  async function descriptor(name: string, more: object = {}): Promise<string> {
    const url = new URL('../../apps/probe/descriptor.json', import.meta.url);
    const probe = JSON.parse(await readFile(url, 'utf8')) as object;
    const containerImage = { type: 'docker', image: 'nowhere.invalid/none:1' };
    return JSON.stringify({ ...probe, name, 'container-image': containerImage, ...more });
  }

  const register = (body: object): ReturnType<TestServer['request']> =>
    server.request('POST', '/apps', { body });

  beforeAll(async () => {
    await probeImage();
    const folder = stack.use(await temporaryFolder('cyto-run-'));
    home = folder.path;
    const env = { CYTO_RUN_ENGINE: 'docker' };
    server = stack.use(await startTestServer({ home, env }));
  });
  afterAll(() => stack.disposeAsync());

  test('is known by its descriptor and runs that very image, whatever its name means later', async () => {
    const text = await descriptor('brought-along');
    const name = await image('good', (file) => writeFile(file, text));
    const id = docker('image', 'inspect', '--format', '{{.Id}}', name);
    const first = await register({ image: name });
    expect(first).toMatchObject({
      status: 201,
      body: { name: 'brought-along', fromImage: id, enabled: true },
    });
    expect((await register({ image: name })).status).toBe(200);
    const { version } = first.body as App;
    const shown = await server.request('GET', `/apps/brought-along/${version}`);
    expect(shown.body).toMatchObject({ app: { fromImage: id }, descriptor: text });

    // Its name is another image's now, with the same descriptor: that is another app.
    const later = await image('later', (file) => writeFile(file, text));
    expect(await register({ image: later })).toMatchObject({
      status: 409,
      body: { code: 'app-exists', detail: expect.stringContaining('another image') as string },
    });
    docker('tag', later, name);
    const submitted = await server.request<RunRecord>('POST', '/runs', {
      body: { app: 'brought-along', parameters: { verbs: ['read', '/mark'] } },
    });
    expect(submitted.status, JSON.stringify(submitted.body)).toBe(201);
    const ended = await server.ended(submitted.body.runId);
    expect(ended).toMatchObject({ state: 'COMPLETE', image: { id } });
    const log = await server.request('GET', `/runs/${ended.runId}/logs/stdout`);
    expect(log.body).toBe('good');
    const other = await server.request('POST', '/runs/dry-run', {
      body: { app: 'brought-along', parameters: { verbs: ['x'] }, options: { 'use-image': later } },
    });
    expect(other.body).toMatchObject({ image: { reference: later } });
  });

  test('can be added by the command line', async () => {
    const text = await descriptor('added');
    const name = await image('added', (file) => writeFile(file, text));
    const options = { home, env: { CYTO_RUN_SERVER: server.url } };
    expect(await cli(['apps', 'add', name], options)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^added@\S+ is known, and runs sha256:[0-9a-f]{64}\n$/,
      ) as string,
    });
    expect(await cli(['apps', 'add'], options)).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('which image?') as string,
    });
  });

  test('comes as a bundle too: a descriptor and the archive of its image, both uploaded', async () => {
    const client = connect({ url: server.url });
    const send = async (name: string, bytes: Buffer): Promise<string> => {
      const { id } = await client.uploads.send({
        name,
        sizeBytes: bytes.length,
        read: (from, length) => Promise.resolve(bytes.subarray(from, from + length)),
      });
      return id;
    };
    const name = await image('bundled', (file) => writeFile(file, 'no descriptor'));
    const id = docker('image', 'inspect', '--format', '{{.Id}}', name);
    const archive = join(home, 'bundled.tar');
    docker('save', '--output', archive, name);
    docker('image', 'rm', '--force', name);
    const upload = await send('bundled.tar', await readFile(archive));
    const text = await descriptor('bundle');
    const known = await send('descriptor.json', Buffer.from(text));
    expect(await register({ descriptor: { upload: known }, image: { upload } })).toMatchObject({
      status: 201,
      body: { name: 'bundle', fromImage: id },
    });
    const { body } = await server.request<RunRecord>('POST', '/runs', {
      body: { app: 'bundle', parameters: { verbs: ['read', '/mark'] } },
    });
    expect(await server.ended(body.runId)).toMatchObject({ state: 'COMPLETE', image: { id } });
    const file = join(home, 'typed.json');
    await writeFile(file, await descriptor('typed'));
    const options = { home, env: { CYTO_RUN_SERVER: server.url } };
    const typed = ['apps', 'register', file, '--image-archive'];
    expect(await cli([...typed, archive], options)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^typed@\S+ is registered, with its image\n$/) as string,
    });
    expect(await cli([...typed, 'none.tar'], options)).toMatchObject({ exitCode: 66 });
    const bad = await send('descriptor.json', Buffer.from('{"name": 1}'));
    expect(await register({ descriptor: { upload: bad }, image: { upload } })).toMatchObject({
      body: { code: 'descriptor-invalid' },
    });
    const notAnImage = await register({ descriptor: { upload: known }, image: { upload: known } });
    expect(notAnImage.body).toMatchObject({ code: 'image-pull-failed' });
  });

  test('is refused with what is wrong: no descriptor, a link, a huge one, not text, an invalid one', async () => {
    const cases: readonly [
      tag: string,
      put: (file: string) => Promise<void>,
      why: RegExp,
      code: string,
    ][] = [
      [
        'link',
        (file) => symlink('/etc/passwd', file),
        /is a link to "\/etc\/passwd"/,
        'descriptor-unreadable',
      ],
      ['folder', (file) => mkdir(file), /is no plain file/, 'descriptor-unreadable'],
      [
        'huge',
        async (file) => {
          await writeFile(file, '');
          await truncate(file, 30_000_000);
        },
        /has 30000000 bytes/,
        'descriptor-unreadable',
      ],
      [
        'latin',
        (file) => writeFile(file, Buffer.from([0x7b, 0xe9])),
        /not UTF-8/,
        'descriptor-unreadable',
      ],
      [
        'bad',
        (file) => writeFile(file, '{"name": 1}'),
        /descriptor\.json is not a descriptor/,
        'descriptor-invalid',
      ],
    ];
    for (const [tag, put, why, code] of cases)
      expect(await register({ image: await image(tag, put) }), tag).toMatchObject({
        body: { code, detail: expect.stringMatching(why) as string },
      });
    expect(await register({ image: PROBE_IMAGE })).toMatchObject({
      status: 400,
      body: {
        code: 'descriptor-unreadable',
        detail: `the image ${PROBE_IMAGE} has no descriptor: /app/descriptor.json is not in it`,
      },
    });
    const left = docker('ps', '-aq', '--filter', 'name=cyto-run-look-');
    expect(left).toBe('');
  });

  test('is refused where there is no such image, no reference, or a file of the server that nobody may name', async () => {
    const cases: readonly [body: object, status: number, code: string][] = [
      [{ image: '127.0.0.1:1/none:1' }, 424, 'image-pull-failed'],
      [{ image: `sha256:${'0'.repeat(64)}` }, 424, 'image-not-found'],
      [{ image: 'not an image' }, 424, 'image-not-found'],
      [{ image: 'docker-archive:/etc/passwd' }, 422, 'path-refused'],
      [{ image: '../../x.sif' }, 422, 'path-refused'],
      [{ image: '' }, 400, 'request-invalid'],
      [{ image: 7 }, 400, 'request-invalid'],
      [{}, 400, 'request-invalid'],
      [{ image: PROBE_IMAGE, descriptor: {} }, 422, 'descriptor-invalid'],
      [{ image: { upload: 'none' } }, 404, 'not-found'],
      [{ descriptor: { upload: 'none' } }, 404, 'not-found'],
      [{ image: { upload: 'none', kind: 'oci' } }, 400, 'request-invalid'],
    ];
    for (const [body, status, code] of cases)
      expect(await register(body), JSON.stringify(body)).toMatchObject({ status, body: { code } });
  });

  test('a run may name an image of the server’s files only where it may read them', async () => {
    const body = { app: 'brought-along', options: { 'use-image': 'oci-archive:/etc/passwd' } };
    expect(await server.request('POST', '/runs', { body })).toMatchObject({
      status: 422,
      body: { code: 'path-refused' },
    });
    const own = JSON.parse(
      await descriptor('own', { 'container-image': { type: 'docker', image: '/srv/x.sif' } }),
    ) as object;
    expect(await server.request('POST', '/runs', { body: { descriptor: own } })).toMatchObject({
      status: 422,
      body: { code: 'path-refused' },
    });
  });
});
