import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { plainApp } from '../support/plain-app.ts';
import { serverHere, type Reply, type ServerHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  webhookReceiver,
  type Behaviour,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';

vi.setConfig({ testTimeout: 120_000 });

const SLIDE = Buffer.alloc(3_200_000, 'slide');
const SHA256 = createHash('sha256').update(SLIDE).digest('hex');
const SIGNATURE = 'a-signature-of-a-store';

interface Scene {
  readonly home: string;
  /** From where inputs are fetched; `hold` and `behave` say what it does. */
  readonly host: WebhookReceiver;
  readonly origin: string;
  readonly start: () => Promise<ServerHere>;
}

/** A data folder of servers that may fetch from one host of this machine. */
async function withHost(play: (scene: Scene) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await using host = await webhookReceiver();
  const origin = `http://127.0.0.1:${host.port}`;
  await play({
    ...{ home: folder.path, host, origin },
    start: () =>
      serverHere(folder.path, {
        CYTO_RUN_URL_HOSTS: `${origin},http://10.0.0.1:1`,
        CYTO_RUN_URL_NETWORKS: '127.0.0.0/8',
      }),
  });
}

const submit = (
  here: ServerHere,
  parameters: object,
  more: { readonly token?: string; readonly [field: string]: unknown } = {},
): Promise<Reply> => {
  const { token, ...fields } = more;
  return here.ask('POST', '/runner/v1/runs', {
    body: {
      descriptor: plainApp('wc -c < [FILE] > out.txt'),
      options: { engine: 'process' },
      parameters,
      ...fields,
    },
    token,
  });
};

const queued = async (reply: Promise<Reply>): Promise<string> => {
  const { status, body, text } = await reply;
  expect(status, text).toBe(201);
  return (body as RunRecord).runId;
};

/** Resolves when the run has ended. */
const ended = async (here: ServerHere, runId: string, token?: string): Promise<RunRecord> => {
  await here.ask('GET', `/runner/v1/runs/${runId}/stream`, { token });
  return here.store.read(runId);
};

const why = async (here: ServerHere, runId: string): Promise<string> => {
  const { body } = await here.ask('GET', `/runner/v1/runs/${runId}/why`);
  const { code, sentence } = body as { code: string; sentence: string };
  return `${code}: ${sentence}`;
};

/** Waits until what it looks at is so. */
const until = (look: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(look, { timeout: 100_000 });

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const uploadsIn = (home: string): string[] => filesIn(join(home, 'uploads'));

/** Sends the beginning of a slide and then nothing, until the test says so. */
function heldBack(host: WebhookReceiver): { readonly sendRest: () => void } {
  const rest: (() => void)[] = [];
  host.behave((_request, response) => {
    response.writeHead(200, { 'content-length': SLIDE.length });
    response.write(SLIDE.subarray(0, 1_600_000));
    rest.push(() => response.end(SLIDE.subarray(1_600_000)));
  });
  return {
    sendRest: () => {
      for (const send of rest) send();
    },
  };
}

const answersWhole = (host: WebhookReceiver): void => {
  host.behave((_request, response) => response.end(SLIDE));
};

test('a run is queued at once, says how far its input is, and begins when it is here', () =>
  withHost(async ({ host, origin, home, start }) => {
    await using here = await start();
    const { sendRest } = heldBack(host);
    const url = `${origin}/a%20slide.tif?sig=${SIGNATURE}`;
    const runId = await queued(submit(here, { file: { url, sha256: SHA256 } }));
    await until(async () => {
      expect(await why(here, runId)).toBe(
        `input-fetch: Fetching input file: 1.60 MB of 3.20 MB from 127.0.0.1:${host.port}.`,
      );
    });
    // Others begin meanwhile.
    const other = await queued(submit(here, { word: 'x' }, { descriptor: plainApp('true') }));
    expect(await ended(here, other)).toMatchObject({ state: 'COMPLETE' });
    for (const file of filesIn(home)) expect(readFileSync(file).includes(SIGNATURE)).toBe(false);
    sendRest();
    const record = await ended(here, runId);
    expect(record).toMatchObject({ state: 'COMPLETE', inputs: [{ sha256: SHA256 }] });
    const out = await here.ask('GET', `/runner/v1/runs/${runId}/outputs/out.txt`);
    expect(out.text).toBe('3200000\n');
    expect(uploadsIn(home).map((path) => path.split('/').at(-1))).toEqual(['a slide.tif']);
    // It is an upload of its submitter's like any other.
    const [upload] = (await here.ask('GET', '/runner/v1/uploads')).body as { sha256: string }[];
    expect(upload).toMatchObject({
      sizeBytes: 3_200_000,
      receivedBytes: 3_200_000,
      sha256: SHA256,
    });
    expect(host.received).toHaveLength(1);
    expect(here.faults).toEqual([]);
  }));

test('what a server had not fetched when it ended, the next one fetches', () =>
  withHost(async ({ host, origin, home, start }) => {
    const { sendRest } = heldBack(host);
    let runId: string;
    {
      await using here = await start();
      runId = await queued(submit(here, { file: { url: `${origin}/a.tif` } }));
      await until(async () => {
        expect(await why(here, runId)).toContain('1.60 MB of 3.20 MB');
      });
    }
    sendRest();
    expect(uploadsIn(home).map((path) => readFileSync(path).length)).toEqual([0]);
    // As of a server that was killed.
    writeFileSync(`${uploadsIn(home)[0]!}.part`, 'the beginning');
    answersWhole(host);
    await using here = await start();
    expect(await ended(here, runId)).toMatchObject({ state: 'COMPLETE' });
    expect(uploadsIn(home).map((path) => readFileSync(path).length)).toEqual([3_200_000]);
  }));

test('an input that breaks off in the middle is gone on with, and the run has all of it', () =>
  withHost(async ({ host, origin, start }) => {
    await using here = await start();
    const half: Behaviour = (_request, response) => {
      response.writeHead(200, { 'content-length': SLIDE.length, etag: '"v1"' });
      response.write(SLIDE.subarray(0, 1_600_000), () => response.destroy());
    };
    const rest: Behaviour = ({ headers }, response) => {
      const from = Number(/\d+/.exec(headers['range'] ?? '')?.[0]);
      const range = `bytes ${from}-${SLIDE.length - 1}/${SLIDE.length}`;
      response.writeHead(206, { 'content-range': range, etag: '"v1"' }).end(SLIDE.subarray(from));
    };
    host.behave(half, rest);
    const file = { url: `${origin}/a.tif`, sha256: SHA256 };
    expect(await ended(here, await queued(submit(here, { file })))).toMatchObject({
      state: 'COMPLETE',
      inputs: [{ sizeBytes: SLIDE.length, sha256: SHA256 }],
    });
    expect(host.received.at(1)?.headers).toMatchObject({ 'if-range': '"v1"' });
  }));

test('a run that is canceled while its input comes ends the fetch, and nothing of it is kept', () =>
  withHost(async ({ host, origin, home, start }) => {
    await using here = await start();
    const closed = Promise.withResolvers<undefined>();
    host.behave((_request, response) => {
      response.on('close', () => {
        closed.resolve(undefined);
      });
      response.write(SLIDE.subarray(0, 1_000));
    });
    const runId = await queued(submit(here, { file: { url: `${origin}/a.tif` } }));
    await host.until(1);
    const reply = await here.ask('POST', `/runner/v1/runs/${runId}/cancel`);
    expect(reply.body).toMatchObject({ state: 'CANCELED' });
    await closed.promise;
    await until(() => {
      expect(uploadsIn(home).map((path) => readFileSync(path).length)).toEqual([0]);
    });
    // The rerun asks again.
    answersWhole(host);
    const again = await queued(here.ask('POST', `/runner/v1/runs/${runId}/rerun`));
    expect(await ended(here, again)).toMatchObject({ state: 'COMPLETE' });
  }));

test.each([
  ['an error', 503, {}, 'url-failed', /answers 503/],
  ['another file', 200, { sha256: 'b'.repeat(64) }, 'upload-mismatch', /another SHA-256/],
  ['silence and its end', 'hang-up' as const, {}, 'url-failed', /cannot be fetched/],
])('%s in place of an input ends the run, and no other', (_what, behaviour, sum, code, message) =>
  withHost(async ({ host, origin, start }) => {
    await using here = await start();
    host.behave(behaviour, (_request, response) => response.end(SLIDE));
    const file = { url: `${origin}/a.tif?sig=${SIGNATURE}`, ...sum };
    const first = await ended(here, await queued(submit(here, { file })));
    expect(first).toMatchObject({ state: 'SYSTEM_ERROR', failure: { code } });
    expect(first.failure?.message).toMatch(message);
    expect(JSON.stringify(first)).not.toContain(SIGNATURE);
    const second = await queued(submit(here, { file: { url: `${origin}/b.tif` } }));
    expect(await ended(here, second)).toMatchObject({ state: 'COMPLETE' });
  }),
);

test('a redirect to where nothing is fetched from ends the run', () =>
  withHost(async ({ host, origin, start }) => {
    await using here = await start();
    host.behave((_request, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end();
    });
    const record = await ended(here, await queued(submit(here, { file: { url: `${origin}/a` } })));
    expect(record).toMatchObject({ state: 'SYSTEM_ERROR', failure: { code: 'url-refused' } });
  }));

test('what can be told at once is refused at once, a dry run asks nobody, and neither leaves anything', () =>
  withHost(async ({ host, origin, home, start }) => {
    await using here = await start();
    const refused = async (reply: Promise<Reply>, code: string): Promise<void> => {
      expect((await reply).body).toMatchObject({ code });
    };
    const file = { url: `${origin}/a.tif` };
    await refused(submit(here, { file: { url: 'https://elsewhere.test/' } }), 'url-refused');
    await refused(submit(here, { file: { url: 'http://10.0.0.1:1/' } }), 'url-refused');
    await refused(submit(here, { file: { ...file, sha256: 'x' } }), 'request-invalid');
    await refused(submit(here, { file, none: 1 }), 'invocation-invalid');
    const items = [{ parameters: { file } }, { parameters: { none: 1 } }];
    const batch = { descriptor: plainApp('true'), options: { engine: 'process' }, items };
    await refused(here.ask('POST', '/runner/v1/batches', { body: batch }), 'invocation-invalid');
    const dry = await here.ask('POST', '/runner/v1/runs/dry-run', {
      body: {
        descriptor: plainApp('true'),
        options: { engine: 'process' },
        parameters: { file },
      },
    });
    expect(dry.status, dry.text).toBe(200);
    expect(host.received).toEqual([]);
    expect(uploadsIn(home)).toEqual([]);
    expect((await here.ask('GET', '/runner/v1/uploads')).body).toEqual([]);
  }));

test('a file that is more than its submitter may keep ends its run as soon as that is known', () =>
  withHost(async ({ host, origin, home, start }) => {
    mkdirSync(join(home, 'cyto-run'), { recursive: true });
    writeFileSync(join(home, 'cyto-run', 'config.yaml'), 'serve: { uploads: { user: 2MB } }\n');
    await using here = await start();
    heldBack(host);
    const record = await ended(here, await queued(submit(here, { file: { url: `${origin}/a` } })));
    expect(record).toMatchObject({ state: 'SYSTEM_ERROR', failure: { code: 'quota-exceeded' } });
    expect(uploadsIn(home).map((path) => readFileSync(path).length)).toEqual([0]);
  }));

test('a run that is held has nothing fetched until it is released', () =>
  withHost(async ({ host, origin, start }) => {
    await using here = await start();
    answersWhole(host);
    const runId = await queued(submit(here, { file: { url: `${origin}/a` } }, { hold: true }));
    const other = await queued(submit(here, { file: { url: `${origin}/b` } }));
    await ended(here, other);
    expect(host.received.map(({ path }) => path)).toEqual(['/b']);
    await here.ask('POST', `/runner/v1/runs/${runId}/release`);
    expect(await ended(here, runId)).toMatchObject({ state: 'COMPLETE' });
  }));

test('a batch of many URLs asks for few at a time, leaves places to others, and goes when it is canceled', () =>
  withHost(async ({ host, origin, home, start }) => {
    await using here = await start();
    const [ada, bob] = [here.token('ada', 'submit'), here.token('bob', 'admin')];
    const open = new Set<string>();
    host.behave(({ path }, response) => {
      if (path === '/of-bob') {
        response.end(SLIDE);
        return;
      }
      open.add(path);
      response.on('close', () => open.delete(path));
    });
    const items = Array.from({ length: 300 }, (_, at) => ({
      parameters: { file: { url: `${origin}/${at}` } },
    }));
    const body = { descriptor: plainApp('true', IMAGE), options: { engine: 'docker' }, items };
    const { body: batch, text } = await here.ask('POST', '/runner/v1/batches', {
      body,
      token: ada,
    });
    const { batchId } = batch as { batchId: string };
    await host.until(3);
    const runId = await queued(submit(here, { file: { url: `${origin}/of-bob` } }, { token: bob }));
    expect(await ended(here, runId, bob), text).toMatchObject({ state: 'COMPLETE' });
    expect([...open].sort()).toEqual(['/0', '/1', '/2']);
    await here.ask('POST', `/runner/v1/batches/${batchId}/cancel`, { token: ada });
    await until(() => {
      expect(open.size).toBe(0);
    });
    expect(host.received).toHaveLength(4);
    expect(uploadsIn(home).filter((path) => path.endsWith('.part'))).toEqual([]);
  }));

const IMAGE = { 'container-image': { type: 'docker', image: 'nothing' } };
