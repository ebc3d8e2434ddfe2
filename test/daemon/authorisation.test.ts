import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TokenScope } from '../../src/store/index.ts';
import { createdFacts } from '../support/run-values.ts';
import { serverHere, type RequestOptions, type ServerHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Things of ada's, new for each request that may remove them. */
interface Things {
  readonly run: string;
  readonly upload: string;
  readonly unique: string;
}

interface Row {
  readonly needs: TokenScope;
  /** It is about something that is somebody's. */
  readonly owned?: true;
  /** Parameters of the path, and what is sent. */
  readonly with?: (things: Things) => RequestOptions & { readonly path?: Record<string, string> };
  /** What is answered to who may; anything but a refusal where absent. */
  readonly status?: number;
}

const ofRun = (row: Partial<Row> = {}): Row => ({
  needs: 'read',
  owned: true,
  with: ({ run }) => ({ path: { runId: run } }),
  ...row,
});
const ofBatch = (row: Partial<Row> = {}): Row => ({
  needs: 'read',
  owned: true,
  with: ({ run }) => ({ path: { batchId: `b${run}` } }),
  ...row,
});
const tus = { 'tus-resumable': '1.0.0' };
const ofUpload = (row: Partial<Row> = {}): Row => ({
  needs: 'read',
  owned: true,
  with: ({ upload }) => ({ path: { uploadId: upload }, headers: tus }),
  ...row,
});
const ofNoWebhook = (options: RequestOptions = {}): Row => ({
  needs: 'admin',
  with: () => ({ path: { webhookId: 'none' }, ...options }),
  status: 404,
});
const APP = { name: 'listed', version: '1' };
const descriptor = (version: string): object => ({
  name: 'listed',
  description: 'An app.',
  'tool-version': version,
  'schema-version': '0.5',
  'command-line': 'true [N]',
  'container-image': { type: 'docker', image: 'probe' },
  inputs: [{ id: 'n', name: 'n', type: 'Number', optional: true, 'value-key': '[N]' }],
});

/** Every route of the API. One that is not here fails the first test. */
const ROWS: Readonly<Record<string, Row>> = {
  'GET /runner/v1/service-info': { needs: 'read', status: 200 },
  'GET /runner/v1/apps': { needs: 'read', status: 200 },
  'POST /runner/v1/apps': {
    needs: 'admin',
    with: ({ unique }) => ({ body: { descriptor: descriptor(unique) } }),
    status: 201,
  },
  'GET /runner/v1/apps/{name}/{version}': {
    needs: 'read',
    with: () => ({ path: APP }),
    status: 200,
  },
  'PATCH /runner/v1/apps/{name}/{version}': {
    needs: 'admin',
    with: () => ({ path: APP, body: { enabled: true } }),
    status: 200,
  },
  'GET /runner/v1/runs': { needs: 'read', status: 200 },
  'POST /runner/v1/runs': {
    needs: 'submit',
    // Refused for what it says, once it is known who says it: nothing is to be run here.
    with: () => ({ body: { app: 'nobody’s' } }),
  },
  'GET /runner/v1/runs/{runId}': ofRun({ status: 200 }),
  'DELETE /runner/v1/runs/{runId}': ofRun({ needs: 'submit', status: 204 }),
  'GET /runner/v1/runs/{runId}/parameters': ofRun({ status: 200 }),
  'GET /runner/v1/runs/{runId}/why': ofRun({ status: 200 }),
  'POST /runner/v1/runs/{runId}/cancel': ofRun({ needs: 'submit', status: 200 }),
  'POST /runner/v1/runs/dry-run': {
    needs: 'submit',
    with: () => ({ body: { app: 'nobody’s' } }),
  },
  'POST /runner/v1/runs/{runId}/rerun': ofRun({ needs: 'submit' }),
  'GET /runner/v1/runs/{runId}/comparison': ofRun(),
  'GET /runner/v1/runs/{runId}/command': ofRun(),
  'GET /runner/v1/runs/{runId}/crate': ofRun(),
  'GET /runner/v1/runs/{runId}/inputs': ofRun({ status: 200 }),
  'GET /runner/v1/runs/{runId}/inputs/{number}': ofRun({
    with: ({ run }) => ({ path: { runId: run, number: '0' } }),
  }),
  // It would never end: refused for its place, once it is known who asks.
  'GET /runner/v1/events': { needs: 'read', with: () => ({ headers: { 'last-event-id': 'x' } }) },
  'GET /runner/v1/batches': { needs: 'read', status: 200 },
  'POST /runner/v1/batches': {
    needs: 'submit',
    with: () => ({ body: { app: 'nobody’s', items: [{}] } }),
  },
  'GET /runner/v1/batches/{batchId}': ofBatch({ status: 200 }),
  'GET /runner/v1/batches/{batchId}/items': ofBatch({ status: 200 }),
  'GET /runner/v1/batches/{batchId}/stream': ofBatch({ status: 200 }),
  'POST /runner/v1/batches/{batchId}/cancel': ofBatch({ needs: 'submit', status: 200 }),
  // What is repeated is refused: the very descriptor cannot run here.
  'POST /runner/v1/batches/{batchId}/retry': ofBatch({ needs: 'submit' }),
  'GET /runner/v1/limits': { needs: 'read', status: 200 },
  // Refused for its state, once it is known that it may be seen.
  'PATCH /runner/v1/runs/{runId}': ofRun({
    needs: 'submit',
    with: ({ run }) => ({ path: { runId: run }, body: { priority: -1 } }),
  }),
  'POST /runner/v1/runs/{runId}/hold': ofRun({ needs: 'submit' }),
  'POST /runner/v1/runs/{runId}/release': ofRun({ needs: 'submit' }),
  'GET /runner/v1/runs/{runId}/events': ofRun({ status: 200 }),
  'GET /runner/v1/runs/{runId}/stream': ofRun({ status: 200 }),
  'GET /runner/v1/runs/{runId}/logs/{stream}': ofRun({
    with: ({ run }) => ({ path: { runId: run, stream: 'stdout' } }),
    status: 200,
  }),
  'GET /runner/v1/runs/{runId}/outputs': ofRun({ status: 200 }),
  'GET /runner/v1/runs/{runId}/output-files': ofRun({ status: 200 }),
  'GET /runner/v1/runs/{runId}/outputs/{*}': ofRun({
    with: ({ run }) => ({ path: { runId: run, '*': 'out.txt' } }),
    status: 200,
  }),
  'OPTIONS /runner/v1/uploads': { needs: 'read', status: 204 },
  'GET /runner/v1/uploads': { needs: 'read', status: 200 },
  'POST /runner/v1/uploads': {
    needs: 'submit',
    with: () => ({ headers: { ...tus, 'upload-length': '1' } }),
    status: 201,
  },
  'POST /runner/v1/uploads/folders': {
    needs: 'submit',
    with: () => ({ body: { name: 'set', files: [] } }),
    status: 201,
  },
  'GET /runner/v1/uploads/{uploadId}': ofUpload({ status: 200 }),
  'HEAD /runner/v1/uploads/{uploadId}': ofUpload({ status: 200 }),
  'PATCH /runner/v1/uploads/{uploadId}': ofUpload({
    needs: 'submit',
    with: ({ upload }) => ({
      path: { uploadId: upload },
      headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: Buffer.from('abc'),
    }),
    status: 204,
  }),
  'DELETE /runner/v1/uploads/{uploadId}': ofUpload({ needs: 'submit', status: 204 }),
  'GET /runner/v1/tokens': { needs: 'admin', status: 200 },
  'POST /runner/v1/tokens': {
    needs: 'admin',
    with: ({ unique }) => ({ body: { name: unique, scope: 'read' } }),
    status: 201,
  },
  'DELETE /runner/v1/tokens/{name}': {
    needs: 'admin',
    with: () => ({ path: { name: 'spare read' } }),
  },
  'GET /runner/v1/secrets': { needs: 'admin', status: 200 },
  'PUT /runner/v1/secrets/{name}': {
    needs: 'admin',
    with: () => ({ path: { name: 'pw' }, body: { value: 'x' } }),
    status: 200,
  },
  'DELETE /runner/v1/secrets/{name}': {
    needs: 'admin',
    with: () => ({ path: { name: 'pw' } }),
  },
  'GET /runner/v1/audit': { needs: 'admin', status: 200 },
  'GET /runner/v1/webhooks': { needs: 'admin', status: 200 },
  'POST /runner/v1/webhooks': {
    needs: 'admin',
    with: () => ({ body: { url: 'http://127.0.0.1:1/', users: ['nobody'] } }),
    status: 201,
  },
  'GET /runner/v1/webhooks/{webhookId}': ofNoWebhook(),
  'PATCH /runner/v1/webhooks/{webhookId}': ofNoWebhook({ body: {} }),
  'DELETE /runner/v1/webhooks/{webhookId}': ofNoWebhook(),
  'POST /runner/v1/webhooks/{webhookId}/rotate': ofNoWebhook(),
  'POST /runner/v1/webhooks/{webhookId}/test': ofNoWebhook(),
  'POST /runner/v1/webhooks/{webhookId}/replay': ofNoWebhook(),
  'GET /runner/v1/webhook-messages': { needs: 'admin', status: 200 },
  'POST /runner/v1/webhook-messages/{messageId}/replay': {
    needs: 'admin',
    with: () => ({ path: { messageId: '999999' } }),
    status: 404,
  },
  'POST /runner/v1/sweep': { needs: 'admin', status: 200 },
};

const ROLES = {
  anonymous: undefined,
  'one who may only look, its owner': ['ada', 'read'],
  'one who submits, its owner': ['ada', 'submit'],
  'one who submits, not its owner': ['eve', 'submit'],
  'an administrator, not its owner': ['root', 'admin'],
} as const;
type Role = keyof typeof ROLES;
const ORDER: readonly TokenScope[] = ['read', 'submit', 'admin'];

/** 401, 403 or 404 for a refusal; undefined: it is allowed. */
function refusalOf(role: Role, { needs, owned }: Row): number | undefined {
  const held = ROLES[role];
  if (held === undefined) return 401;
  const [owner, scope] = held;
  if (ORDER.indexOf(scope) < ORDER.indexOf(needs)) return 403;
  return owned === true && scope !== 'admin' && owner !== 'ada' ? 404 : undefined;
}

describe('who may do what', () => {
  let here: ServerHere;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const tokens = new Map<Role, string>();

  beforeAll(async () => {
    folder = await temporaryFolder();
    here = await serverHere(folder.path);
    for (const [role, held] of Object.entries(ROLES))
      if (held !== undefined) tokens.set(role as Role, here.token(held[0], held[1]));
    const { status } = await here.ask('POST', '/runner/v1/apps', {
      token: tokens.get('an administrator, not its owner'),
      body: { descriptor: descriptor('1') },
    });
    expect(status).toBe(201);
  });
  afterAll(async () => {
    await here[Symbol.asyncDispose]();
    expect(here.faults).toEqual([]);
    await folder[Symbol.asyncDispose]();
  });

  /** A run that has ended, with an output, and an upload that has begun; both ada's. */
  async function thingsOfAda(): Promise<Things> {
    const unique = randomUUID();
    const run = `r-${unique}`;
    const queue = { submitter: 'ada', priority: 0 };
    const batch = { id: `b${run}`, item: '1', index: 0 };
    const facts = createdFacts({ queue, batch });
    const { app, callerFolder, runnerVersion, host, user } = facts;
    const about = { app, source: '', items: 1, callerFolder, runnerVersion, host, user };
    here.store.batches.create(batch.id, { ...about, submitter: 'ada' }, [{ runId: run, facts }]);
    const location = join(here.store.runFolder(run), 'out', 'out.txt');
    writeFileSync(location, 'result');
    here.store.append(run, [
      {
        type: 'outputs',
        partial: true,
        outputs: [
          {
            outputId: 'out',
            path: 'out.txt',
            location,
            kind: 'file',
            sizeBytes: 6,
            sha256: 'ab'.repeat(32),
            mediaType: 'text/plain',
          },
        ],
      },
      { type: 'state', state: 'SYSTEM_ERROR' },
    ]);
    const begun = await here.ask('POST', '/runner/v1/uploads', {
      token: tokens.get('one who submits, its owner'),
      headers: { ...tus, 'upload-length': '3' },
    });
    const upload = begun.headers.get('location')?.split('/').at(-1) ?? '';
    expect(upload).not.toBe('');
    return { run, upload, unique };
  }

  test('every route of the description has a row in this table, and no other', async () => {
    const { body } = await here.ask('GET', '/openapi.json');
    const { paths } = body as { paths: Record<string, Record<string, unknown>> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(Object.keys(ROWS).sort());
  });

  test.each(
    Object.entries(ROWS).flatMap(([route, row]) =>
      (Object.keys(ROLES) as Role[]).map((role) => ({
        route,
        row,
        role,
        refusal: refusalOf(role, row),
        verdict: refusalOf(role, row) ?? 'allowed',
      })),
    ),
  )('$route by $role: $verdict', async ({ route, row, role, refusal }) => {
    const things = await thingsOfAda();
    const [method = '', pattern = ''] = route.split(' ');
    if (route.startsWith('DELETE /runner/v1/secrets')) here.store.server.secrets.put('pw', 'x', []);
    if (route.startsWith('DELETE /runner/v1/tokens') && refusal === undefined)
      here.token('spare', 'read');
    const { path = {}, ...options } = row.with?.(things) ?? {};
    const url = pattern.replaceAll(/\{([^}]+)\}/g, (_whole, name: string) =>
      encodeURIComponent(path[name] ?? ''),
    );
    const reply = await here.ask(method, url, { ...options, token: tokens.get(role) });
    if (refusal !== undefined) expect(reply.status, reply.text).toBe(refusal);
    else if (row.status !== undefined) expect(reply.status, reply.text).toBe(row.status);
    else expect([401, 403, 500]).not.toContain(reply.status);
    // What is not allowed was not done.
    if (refusal !== undefined && row.owned === true) {
      expect(here.store.read(things.run).state).toBe('SYSTEM_ERROR');
      expect(here.store.server.uploads.read(things.upload)?.sha256).toBeUndefined();
    }
  });

  test('lists hold what is one’s own, and everything for an administrator', async () => {
    const { run, upload } = await thingsOfAda();
    const seen = async (role: Role, path: string): Promise<string> =>
      (await here.ask('GET', `/runner/v1/${path}`, { token: tokens.get(role) })).text;
    for (const [path, id] of [
      ['runs', run],
      ['runs?submitter=ada', run],
      [`runs?search=${run}`, run],
      ['uploads', upload],
    ] as const) {
      expect(await seen('one who may only look, its owner', path), path).toContain(id);
      expect(await seen('an administrator, not its owner', path), path).toContain(id);
      expect(await seen('one who submits, not its owner', path), path).not.toContain(id);
    }
  });

  test('another’s run is answered as one that is not there, by part of its id or by “last” too', async () => {
    const { run } = await thingsOfAda();
    const token = tokens.get('one who submits, not its owner');
    const texts = await Promise.all(
      [run, run.slice(0, -1), 'last', 'last~1', 'nothing'].map(async (id) => {
        const { status, body } = await here.ask('GET', `/runner/v1/runs/${id}`, { token });
        expect(status).toBe(404);
        const { instance: _instance, ...rest } = body as Record<string, unknown>;
        return JSON.stringify(rest).replaceAll(id, 'ID');
      }),
    );
    expect(new Set(texts).size).toBe(1);
  });
});
