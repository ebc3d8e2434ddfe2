import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openStore, type RunStore } from '../../src/store/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Scene {
  readonly store: RunStore;
  readonly folder: string;
  readonly clock: ManualClock;
  /** The same folder after this process has ended and another has begun. */
  readonly reopened: (play: (store: RunStore) => void) => void;
}

async function withStore(play: (scene: Scene) => void | Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const clock = new ManualClock();
  using store = openStore({ folder: folder.path, clock });
  await play({
    store,
    folder: folder.path,
    clock,
    reopened: (again) => {
      using other = openStore({ folder: folder.path, clock });
      again(other);
    },
  });
}

/** All bytes of a data folder. */
const bytesIn = (folder: string): Buffer =>
  Buffer.concat(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );

const HOUR = 3_600_000;

test('a token is told once and found by its text, of which nothing is kept', () =>
  withStore(({ store, folder, reopened }) => {
    const { tokens } = store.server;
    const { token, text } = tokens.create({ name: 'ci', owner: 'ada', scope: 'submit' });
    expect(text).toMatch(/^cyr_[0-9a-z]{10}_[\w-]{43}$/);
    expect(tokens.find(text)).toMatchObject({ name: 'ci', owner: 'ada', scope: 'submit' });
    expect(tokens.list()).toEqual([{ ...token, lastUsedAt: '2026-03-01T10:00:00.000Z' }]);
    const secret = text.split('_').slice(2).join('_');
    expect(bytesIn(folder).includes(secret)).toBe(false);
    reopened((other) => {
      expect(other.server.tokens.find(text)?.name).toBe('ci');
    });
  }));

test('a text that is nearly a token is none', () =>
  withStore(({ store }) => {
    const { tokens } = store.server;
    const { text } = tokens.create({ name: 'ci', owner: 'ada', scope: 'read' });
    const last = text.endsWith('A') ? 'B' : 'A';
    const other = tokens.create({ name: 'cd', owner: 'eve', scope: 'admin' }).text;
    const mixed = other.slice(0, 14) + text.slice(14);
    for (const wrong of [
      '',
      'cyr_',
      text.slice(0, -1),
      text.slice(0, -1) + last,
      `${text}x`,
      mixed,
    ])
      expect(tokens.find(wrong), wrong).toBeUndefined();
    expect(tokens.find(`${text}\n`)).toBeUndefined();
  }));

test('a token ends when it is revoked, and when its time is over', () =>
  withStore(({ store, clock }) => {
    const { tokens } = store.server;
    expect(tokens.any()).toBe(false);
    const kept = tokens.create({ name: 'a', owner: 'ada', scope: 'read' });
    const short = tokens.create({
      name: 'b',
      owner: 'ada',
      scope: 'read',
      expiresAt: '2026-03-01T11:00:00.000Z',
    });
    expect(tokens.find(short.text)?.name).toBe('b');
    clock.advance(HOUR);
    expect(tokens.find(short.text)).toBeUndefined();
    expect(tokens.any()).toBe(true);
    expect(tokens.revoke('a').revokedAt).toBe('2026-03-01T11:00:00.000Z');
    expect(tokens.find(kept.text)).toBeUndefined();
    expect(tokens.any()).toBe(false);
    expect(() => tokens.revoke('a')).toThrow(/no token "a"/);
    expect(tokens.list()).toHaveLength(2);
  }));

test('a name is one token’s while it is in force, and free again after', () =>
  withStore(({ store }) => {
    const { tokens } = store.server;
    const first = tokens.create({ name: 'ci', owner: 'ada', scope: 'read' });
    expect(() => tokens.create({ name: 'ci', owner: 'eve', scope: 'read' })).toThrow(
      expect.objectContaining({ code: 'name-taken' }) as Error,
    );
    tokens.revoke(first.token.id);
    const second = tokens.create({ name: 'ci', owner: 'ada', scope: 'read' });
    expect(tokens.find(first.text)).toBeUndefined();
    expect(tokens.find(second.text)?.id).toBe(second.token.id);
    for (const name of ['', ' ci', 'a\nb', 'x'.repeat(200), '\u202eci'])
      expect(() => tokens.create({ name, owner: 'ada', scope: 'read' })).toThrow(/cannot name/);
  }));

test('when a token was used last is written once a minute at most', () =>
  withStore(({ store, clock }) => {
    const { tokens } = store.server;
    const { text } = tokens.create({ name: 'ci', owner: 'ada', scope: 'read' });
    tokens.find(text);
    clock.advance(59_000);
    tokens.find(text);
    expect(tokens.list()[0]?.lastUsedAt).toBe('2026-03-01T10:00:00.000Z');
    clock.advance(1_000);
    tokens.find(text);
    expect(tokens.list()[0]?.lastUsedAt).toBe('2026-03-01T10:01:00.000Z');
  }));

test('the audit log is read newest first, page by page, and by who did it', () =>
  withStore(({ store, reopened }) => {
    const { audit } = store.server;
    for (const number of [1, 2, 3, 4])
      audit.add({
        ...(number === 3 ? {} : { who: number === 2 ? 'eve' : 'ada' }),
        via: 'oidc',
        from: '10.0.0.1',
        action: 'submitRun',
        target: `/${number}`,
        status: 201,
      });
    reopened(({ server }) => {
      const seen = (query: Parameters<typeof audit.list>[0]): string[] =>
        server.audit.list(query).map(({ target }) => target);
      expect(seen({ limit: 3 })).toEqual(['/4', '/3', '/2']);
      expect(seen({ limit: 3, before: server.audit.list({ limit: 3 })[2]!.seq })).toEqual(['/1']);
      expect(seen({ limit: 9, who: 'ada' })).toEqual(['/4', '/1']);
      expect(server.audit.list({ limit: 1 })[0]).toEqual({
        seq: 4,
        at: '2026-03-01T10:00:00.000Z',
        who: 'ada',
        via: 'oidc',
        from: '10.0.0.1',
        action: 'submitRun',
        target: '/4',
        status: 201,
      });
    });
  }));

test('an entry of the audit log cannot be changed, and is forgotten after two years', () =>
  withStore(({ store, folder, clock }) => {
    const { audit } = store.server;
    audit.add({ from: '::1', action: 'a', target: '/', status: 200 });
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(join(folder, 'cyto-run.db'));
    expect(() => {
      database.exec("UPDATE audit SET who = 'eve'");
    }).toThrow(/never changed/);
    database.close();
    clock.advance(2 * 365 * 24 * HOUR);
    expect(audit.forgetOld()).toBe(0);
    clock.advance(1);
    expect(audit.forgetOld()).toBe(1);
    expect(audit.list({ limit: 9 })).toEqual([]);
  }));

const PLAIN = 'hunter2-is-a-plain-text';

test('a secret is kept sealed, read back by another process, and replaced whole', () =>
  withStore(({ store, folder, clock, reopened }) => {
    const { secrets } = store.server;
    secrets.put('omero.password', PLAIN, ['ada']);
    expect(bytesIn(folder).includes(PLAIN)).toBe(false);
    expect(statSync(join(folder, 'secrets.key')).mode & 0o777).toBe(0o600);
    reopened(({ server }) => {
      expect(server.secrets.read('omero.password')).toEqual({ value: PLAIN, users: ['ada'] });
    });
    clock.advance(HOUR);
    expect(secrets.put('omero.password', 'other', 'everyone')).toEqual({
      name: 'omero.password',
      users: 'everyone',
      createdAt: '2026-03-01T10:00:00.000Z',
      changedAt: '2026-03-01T11:00:00.000Z',
    });
    expect(secrets.read('omero.password')?.value).toBe('other');
    expect(JSON.stringify(secrets.list())).not.toContain('other');
    secrets.remove('omero.password');
    expect(secrets.read('omero.password')).toBeUndefined();
    expect(() => {
      secrets.remove('omero.password');
    }).toThrow(/no secret/);
  }));

test('what cannot be a secret is refused, without being shown', () =>
  withStore(({ store }) => {
    const { secrets } = store.server;
    for (const name of ['', '1a', 'a b', '../a', 'a'.repeat(65), 'a\n'])
      expect(() => secrets.put(name, PLAIN, [])).toThrow(/cannot name/);
    for (const value of ['', `${PLAIN}\0`, PLAIN.repeat(5_000)])
      expect(() => secrets.put('a', value, [])).toThrow(
        expect.objectContaining({ message: 'the value of the secret a cannot be kept' }) as Error,
      );
  }));

test('a sealed secret cannot be moved to another name', () =>
  withStore(({ store, folder }) => {
    const { secrets } = store.server;
    secrets.put('a', 'of a', []);
    secrets.put('b', 'of b', 'everyone');
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(join(folder, 'cyto-run.db'));
    database.exec("UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'a')");
    database.close();
    expect(secrets.read('a')?.value).toBe('of a');
    expect(() => secrets.read('b')).toThrow(/cannot be opened/);
  }));

test('a key that is gone, open to others or cut short is told, and never made anew over secrets', () =>
  withStore(({ store, folder }) => {
    const { secrets } = store.server;
    const key = join(folder, 'secrets.key');
    secrets.put('a', PLAIN, []);
    const bytes = readFileSync(key);
    chmodSync(key, 0o640);
    expect(() => secrets.read('a')).toThrow(/can be read by others/);
    chmodSync(key, 0o600);
    writeFileSync(key, bytes.subarray(1));
    expect(() => secrets.read('a')).toThrow(/is no key/);
    rmSync(key);
    expect(() => secrets.read('a')).toThrow(/is gone/);
    expect(() => secrets.put('b', PLAIN, [])).toThrow(/is gone/);
    writeFileSync(key, bytes, { mode: 0o600 });
    expect(secrets.read('a')?.value).toBe(PLAIN);
  }));

const RUN_SECRETS = { values: { password: PLAIN, token: ['a', 1] }, environment: { KEY: PLAIN } };

test('the secrets of a queued run outlive the process and go in the moment the run ends', () =>
  withStore(({ store, folder, reopened }) => {
    const facts = createdFacts();
    store.server.submit([{ runId: 'r-1', facts, secrets: RUN_SECRETS }], undefined);
    store.server.submit([{ runId: 'r-2', facts }], undefined);
    expect(bytesIn(folder).includes(PLAIN)).toBe(false);
    reopened(({ server }) => {
      expect(server.secrets.ofRun('r-1')).toEqual(RUN_SECRETS);
      expect(server.secrets.ofRun('r-2')).toBeUndefined();
    });
    store.append('r-1', [{ type: 'state', state: 'INITIALIZING' }]);
    expect(store.server.secrets.ofRun('r-1')).toEqual(RUN_SECRETS);
    store.append('r-1', [{ type: 'state', state: 'SYSTEM_ERROR' }]);
    expect(store.server.secrets.ofRun('r-1')).toBeUndefined();
  }));

test('a submission that is sent twice keeps its secrets once, and one that fails keeps none', () =>
  withStore(({ store }) => {
    const facts = createdFacts();
    const once = { submitter: 'ada', key: 'k', fingerprint: 'f' };
    const run = (runId: string) => ({ runId, facts, secrets: RUN_SECRETS });
    store.server.submit([run('r-1')], once);
    store.server.submit([run('r-2')], once);
    expect(store.server.secrets.ofRun('r-2')).toBeUndefined();
    expect(() => store.server.submit([run('r-3'), run('r-1')], undefined)).toThrow(/r-1/);
    expect(store.server.secrets.ofRun('r-3')).toBeUndefined();
  }));

test('an upload is needed while a run that refers to it has not ended', () =>
  withStore(({ store, clock }) => {
    const { uploads } = store.server;
    const facts = createdFacts();
    const add = (id: string, owner: string): void => {
      uploads.add({ id, owner, name: `${id}.tif`, sizeBytes: 10, origin: { name: id } });
    };
    add('u1', 'ada');
    add('u2', 'ada');
    add('u3', 'eve');
    expect(uploads.bytesOf('ada')).toBe(2 * 4096);
    expect(uploads.bytesOf('nobody')).toBe(0);
    expect(uploads.list(9, { owner: 'ada' }).map(({ id }) => id)).toEqual(['u1', 'u2']);
    expect(uploads.list(9)).toHaveLength(3);
    store.server.submit([{ runId: 'r-1', facts, uploads: ['u1'] }], undefined);
    clock.advance(HOUR);
    uploads.used('u3');
    const unused = (): string[] =>
      uploads.unusedSince('2026-03-01T10:30:00.000Z').map(({ id }) => id);
    expect(uploads.isNeeded('u1')).toBe(true);
    expect(unused()).toEqual(['u2']);
    store.append('r-1', [{ type: 'state', state: 'CANCELED' }]);
    expect(uploads.isNeeded('u1')).toBe(false);
    expect(unused()).toEqual(['u1', 'u2']);
    uploads.remove('u1');
    expect(uploads.read('u1')).toBeUndefined();
  }));
