import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { serverHere, type Reply, type ServerHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PLAIN = 'hunter2-in-plain-text';

/** All bytes of a data folder. */
const bytesIn = (folder: string): Buffer =>
  Buffer.concat(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );

const descriptor = {
  name: 'takes',
  description: 'Takes a file and a password.',
  'tool-version': '1',
  'schema-version': '0.5',
  'command-line': 'true [FILE] [PASSWORD] [WORD]',
  'container-image': { type: 'docker', image: 'nothing' },
  inputs: [
    { id: 'file', name: 'file', type: 'File', optional: true, 'value-key': '[FILE]' },
    { id: 'password', name: 'password', type: 'String', optional: true, 'value-key': '[PASSWORD]' },
    { id: 'word', name: 'word', type: 'String', optional: true, 'value-key': '[WORD]' },
  ],
};

/** Held, so that nothing is ever run. */
const submit = (here: ServerHere, parameters: object, token?: string, more = {}): Promise<Reply> =>
  here.ask('POST', '/runner/v1/runs', {
    body: { descriptor, parameters, hold: true, options: { engine: 'docker' }, ...more },
    token,
  });

test('a secret of a run that waits stands nowhere in plain text, and is there after a restart', async () => {
  await using folder = await temporaryFolder();
  let runId: string;
  {
    await using here = await serverHere(folder.path);
    here.store.server.secrets.put('omero', PLAIN, 'everyone');
    const reply = await submit(here, { password: PLAIN, word: { secret: 'omero' } }, undefined, {
      options: { engine: 'docker', env: [`API_TOKEN=${PLAIN}`] },
    });
    expect(reply.status, reply.text).toBe(201);
    ({ runId } = reply.body as RunRecord);
    const parts = ['', '/events', '/parameters', '/command', '/why'];
    const answers = await Promise.all(
      parts.map((part) => here.ask('GET', `/runner/v1/runs/${runId}${part}`)),
    );
    for (const { text } of [reply, ...answers]) expect(text).not.toContain(PLAIN);
    expect((await here.ask('GET', '/runner/v1/secrets')).text).not.toContain(PLAIN);
  }
  expect(bytesIn(folder.path).includes(PLAIN)).toBe(false);
  await using here = await serverHere(folder.path);
  expect(here.store.server.secrets.ofRun(runId)).toEqual({
    values: { password: PLAIN, word: PLAIN },
    environment: { API_TOKEN: PLAIN },
  });
  const { body } = await here.ask('POST', `/runner/v1/runs/${runId}/cancel`);
  expect(body).toMatchObject({ state: 'CANCELED' });
  expect(here.store.server.secrets.ofRun(runId)).toBeUndefined();
  expect(here.faults).toEqual([]);
});

test('a secret is for whom it names, a path for who may read it, an option for who runs the server', async () => {
  await using folder = await temporaryFolder();
  await using here = await serverHere(folder.path);
  here.store.server.secrets.put('omero', PLAIN, ['ada']);
  const [ada, eve] = [here.token('ada', 'submit'), here.token('eve', 'submit')];
  expect((await submit(here, { password: { secret: 'omero' } }, ada)).status).toBe(201);
  const refused = async (reply: Promise<Reply>, code: string): Promise<void> => {
    const { body, text } = await reply;
    expect(body, text).toMatchObject({ code });
  };
  await refused(submit(here, { password: { secret: 'omero' } }, eve), 'secret-unknown');
  await refused(submit(here, { password: { secret: 'none' } }, eve), 'secret-unknown');
  await refused(submit(here, { file: '/etc/passwd' }, eve), 'path-refused');
  await refused(submit(here, { file: '/no/such/file' }, eve), 'path-refused');
  const asText = await submit(here, { file: 'https://example.org/a.tif?sig=hush' }, eve);
  expect(asText.body).toMatchObject({
    code: 'path-refused',
    detail: expect.stringContaining('"https://example.org/a.tif" is a URL') as string,
    hint: expect.stringContaining('{"url": URL}') as string,
  });
  expect(asText.text).not.toContain('hush');
  await refused(submit(here, { file: { url: 'http://127.0.0.1/' } }, eve), 'url-refused');
  await refused(submit(here, { file: { upload: 'u1' } }, eve), 'not-found');
  await refused(submit(here, { word: { upload: 'u1' } }, eve), 'request-invalid');
  const options = (given: object): Promise<Reply> => submit(here, {}, eve, { options: given });
  await refused(options({ engine: 'process' }), 'forbidden');
  await refused(options({ engine: 'docker', network: 'host' }), 'forbidden');
  await refused(options({ engine: 'docker', user: '4711:4711' }), 'forbidden');
  await refused(options({ engine: 'docker', env: ['PATH'] }), 'request-invalid');
  await refused(options({ engine: 'docker', mount: ['/etc:/x'] }), 'path-refused');
  await refused(submit(here, {}, eve, { folders: { out: '/tmp/x' } }), 'path-refused');
});

test('an input that leads elsewhere after a restart is not what was admitted, and is not read', async () => {
  await using folder = await temporaryFolder();
  const slides = join(folder.path, 'slides');
  const file = join(slides, 'a.tif');
  mkdirSync(slides);
  writeFileSync(file, 'a slide');
  writeFileSync(join(folder.path, 'cyto-run.yaml'), `mount-roots: [${JSON.stringify(slides)}]\n`);
  let runId: string;
  {
    await using here = await serverHere(folder.path);
    const reply = await submit(here, { file });
    expect(reply.status, reply.text).toBe(201);
    expect(reply.body).toMatchObject({ inputSources: [file] });
    ({ runId } = reply.body as RunRecord);
  }
  rmSync(file);
  symlinkSync('/etc/passwd', file);
  await using here = await serverHere(folder.path);
  const { body } = await here.ask('GET', `/runner/v1/runs/${runId}`);
  expect(body).toMatchObject({
    state: 'SYSTEM_ERROR',
    failure: { message: expect.stringContaining('leads elsewhere') as string },
  });
});

test('a submission that is sent twice is known by a fingerprint that tells nothing without the key', async () => {
  await using folder = await temporaryFolder();
  await using here = await serverHere(folder.path);
  const once = { 'idempotency-key': 'one' };
  const ask = (parameters: object): Promise<Reply> =>
    here.ask('POST', '/runner/v1/runs', {
      headers: once,
      body: { descriptor, parameters, hold: true, options: { engine: 'docker' } },
    });
  const first = await ask({ password: PLAIN });
  expect([first.status, (await ask({ password: PLAIN })).status]).toEqual([201, 200]);
  expect((await ask({ password: 'other' })).status).toBe(422);
  const body = JSON.stringify({
    descriptor,
    parameters: { password: PLAIN },
    hold: true,
    options: { engine: 'docker' },
  });
  const plain = createHash('sha256').update(body).digest('hex');
  expect(bytesIn(folder.path).includes(plain)).toBe(false);
});

const CONTENT = Buffer.alloc(3_000_000, 'slide');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const tus = { 'tus-resumable': '1.0.0' };
const encoded = (text: string): string => Buffer.from(text).toString('base64');

async function begin(here: ServerHere, sha256: string, token?: string): Promise<string> {
  const reply = await here.ask('POST', '/runner/v1/uploads', {
    token,
    headers: {
      ...tus,
      'upload-length': String(CONTENT.length),
      'upload-metadata': `filename ${encoded('../slide 1.tif')},sha256 ${encoded(sha256)}`,
    },
  });
  expect(reply.status, reply.text).toBe(201);
  return reply.headers.get('location') ?? '';
}

const send = (here: ServerHere, path: string, from: number, to: number, token?: string) =>
  here.ask('PATCH', path, {
    token,
    headers: {
      ...tus,
      'upload-offset': String(from),
      'content-type': 'application/offset+octet-stream',
    },
    body: CONTENT.subarray(from, to),
  });

test('an upload goes on after a restart where it stopped, and is an input of a run', async () => {
  await using folder = await temporaryFolder();
  let path: string;
  {
    await using here = await serverHere(folder.path);
    path = await begin(here, SHA256);
    expect((await send(here, path, 0, 1_000_000)).status).toBe(204);
    expect((await send(here, path, 0, 10)).status).toBe(409);
  }
  await using here = await serverHere(folder.path);
  const head = await here.ask('HEAD', path, { headers: tus });
  expect(head.headers.get('upload-offset')).toBe('1000000');
  const id = path.split('/').at(-1) ?? '';
  expect((await submit(here, { file: { upload: id } })).body).toMatchObject({
    code: 'upload-incomplete',
  });
  expect((await send(here, path, 1_000_000, CONTENT.length)).status).toBe(204);
  expect((await here.ask('GET', path)).body).toMatchObject({
    name: 'slide 1.tif',
    receivedBytes: CONTENT.length,
    sha256: SHA256,
  });
  const run = await submit(here, { file: { upload: id } });
  expect(run.status, run.text).toBe(201);
  expect((await here.ask('DELETE', path)).body).toMatchObject({ code: 'upload-needed' });
  const { runId } = run.body as RunRecord;
  await here.ask('POST', `/runner/v1/runs/${runId}/cancel`);
  expect((await here.ask('DELETE', path)).status).toBe(204);
  expect(readdirSync(join(folder.path, 'uploads'))).toEqual([]);
  expect(here.faults).toEqual([]);
});

test('another file than was meant, and one that is too large, are refused and leave nothing', async () => {
  await using folder = await temporaryFolder();
  await using here = await serverHere(folder.path);
  const path = await begin(here, 'ab'.repeat(32));
  expect((await send(here, path, 0, CONTENT.length)).body).toMatchObject({
    code: 'upload-mismatch',
  });
  expect((await here.ask('HEAD', path, { headers: tus })).status).toBe(404);
  expect(readdirSync(join(folder.path, 'uploads'))).toEqual([]);
  const large = { ...tus, 'upload-length': '999999999999999' };
  const reply = await here.ask('POST', '/runner/v1/uploads', { headers: large });
  expect(reply.body).toMatchObject({ code: 'quota-exceeded' });
});

test('a page of another site gets nothing, and what is done is written down with who did it', async () => {
  await using folder = await temporaryFolder();
  await using here = await serverHere(folder.path);
  const foreign = await here.ask('GET', '/runner/v1/runs', {
    headers: { origin: 'http://evil.example' },
  });
  expect(foreign.status).toBe(403);
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  expect(foreign.headers.get('content-security-policy')).toContain("default-src 'none'");
  const admin = here.token('root', 'admin');
  await here.ask('PUT', '/runner/v1/secrets/a', { token: admin, body: { value: PLAIN } });
  await here.ask('GET', '/runner/v1/runs', { token: 'wrong' });
  const { body } = await here.ask('GET', '/runner/v1/audit', { token: admin });
  expect((body as { entries: object[] }).entries).toMatchObject([
    { action: 'GET /runner/v1/runs', status: 401, code: 'unauthorized', from: '127.0.0.1' },
    { who: 'root', action: 'PUT /runner/v1/secrets/:name', target: '/runner/v1/secrets/a' },
    { action: 'GET /runner/v1/runs', status: 403, code: 'forbidden' },
  ]);
});
