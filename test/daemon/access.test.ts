import { expect, test } from 'vitest';

import { Authenticator, type AuthenticatorPorts } from '../../src/daemon/access/authenticate.ts';
import { assertSafeListening } from '../../src/daemon/access/listening.ts';
import { siteFault, type RequestOrigin } from '../../src/daemon/guard/same-site.ts';
import { openStore, type TokenStore } from '../../src/store/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function withTokens(
  play: (
    authenticator: (changes?: Partial<AuthenticatorPorts>) => Authenticator,
    tokens: TokenStore,
  ) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  using store = openStore({ folder: folder.path, clock: new ManualClock() });
  const { tokens } = store.server;
  await play(
    (changes = {}) =>
      new Authenticator({ tokens, authentication: 'auto', isLocal: true, ...changes }),
    tokens,
  );
}

const UNAUTHORIZED = { code: 'unauthorized' };

test('on loopback nobody needs a token until there is one, or the configuration asks for it', () =>
  withTokens(async (authenticator, tokens) => {
    const open = authenticator();
    expect(await open.principalOf(undefined, false)).toMatchObject({
      name: 'local',
      scopes: new Set(['read', 'submit', 'admin']),
    });
    for (const changes of [{ isLocal: false }, { authentication: 'required' as const }])
      await expect(authenticator(changes).principalOf(undefined, false)).rejects.toMatchObject(
        UNAUTHORIZED,
      );
    const { text } = tokens.create({ name: 'ci', owner: 'ada', scope: 'submit' });
    await expect(open.principalOf(undefined, false)).rejects.toMatchObject(UNAUTHORIZED);
    expect(await open.principalOf(`Bearer ${text}`, false)).toEqual({
      name: 'ada',
      scopes: new Set(['read', 'submit']),
      via: 'token ci',
    });
    tokens.revoke('ci');
    expect((await open.principalOf(undefined, false)).name).toBe('local');
  }));

test('what a proxy passes on is not the person at this machine', () =>
  withTokens(async (authenticator) => {
    await expect(authenticator().principalOf(undefined, true)).rejects.toMatchObject({
      code: 'unauthorized',
      message: /proxy/,
    });
  }));

test('a token that is wrong is refused, also where none is needed', () =>
  withTokens(async (authenticator) => {
    for (const header of ['', 'Bearer', 'Bearer x', 'Basic YTpi', 'Bearer a b', 'Bearer a.b.c'])
      await expect(authenticator().principalOf(header, false)).rejects.toMatchObject(UNAUTHORIZED);
  }));

const listening = { host: '0.0.0.0', hasTls: true, plainAllowed: false, hasCallers: true };

test('a server that others can reach needs callers that it can tell apart, and TLS', () => {
  for (const host of ['127.0.0.1', '127.8.9.1', '::1', 'localhost', '::ffff:127.0.0.1'])
    assertSafeListening({ host, hasTls: false, plainAllowed: false, hasCallers: false });
  assertSafeListening(listening);
  assertSafeListening({ ...listening, hasTls: false, plainAllowed: true });
  for (const host of [
    '0.0.0.0',
    '::',
    '192.168.1.2',
    'lab.example.org',
    'localhost.evil.org',
    '',
  ]) {
    expect(() => {
      assertSafeListening({ ...listening, host, hasCallers: false });
    }, host).toThrow(/anybody could run anything/);
    expect(() => {
      assertSafeListening({ ...listening, host, hasTls: false });
    }, host).toThrow(/without TLS/);
  }
});

const request = (changes: Partial<RequestOrigin>): RequestOrigin => ({
  method: 'POST',
  host: '127.0.0.1:8080',
  origin: undefined,
  fetchSite: undefined,
  isTls: false,
  ...changes,
});
const LOCAL = { isLocal: true, hosts: [] };

test.each(['127.0.0.1:8080', 'localhost', 'localhost:9000', 'LOCALHOST:1', '[::1]:8080'])(
  'a server on loopback answers to %s',
  (host) => {
    expect(siteFault(request({ host }), LOCAL)).toBeUndefined();
  },
);

test.each([
  'evil.example',
  'evil.example:8080',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '10.0.0.1:8080',
  'evil@127.0.0.1',
  '127.0.0.1:8080/x',
  '',
  undefined,
])('a server on loopback does not answer to %j, which another may have led here', (host) => {
  expect(siteFault(request({ host }), LOCAL)).toMatch(/./);
});

test('a server that others reach answers to the names it is given, or to any', () => {
  const any = { isLocal: false, hosts: [] };
  const named = { isLocal: false, hosts: ['Lab.example.org'] };
  expect(siteFault(request({ host: 'lab.example.org' }), any)).toBeUndefined();
  expect(siteFault(request({ host: 'lab.example.org:8443' }), named)).toBeUndefined();
  expect(siteFault(request({ host: 'evil.example' }), named)).toMatch(/not evil.example/);
});

test.each([
  'http://evil.example',
  'https://evil.example',
  'http://127.0.0.1:9999',
  'http://localhost:8080',
  'null',
  'file://',
  'http://127.0.0.1:8080.evil.example',
])('a page of %s may not use the server, by any method', (origin) => {
  for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'])
    expect(siteFault(request({ method, origin }), LOCAL)).toMatch(/other sites/);
});

test('the server’s own page may use it, also behind a proxy that speaks TLS', () => {
  expect(siteFault(request({ origin: 'http://127.0.0.1:8080' }), LOCAL)).toBeUndefined();
  const proxied = { isLocal: false, hosts: [] };
  const host = 'lab.example.org';
  expect(siteFault(request({ host, origin: 'https://lab.example.org' }), proxied)).toBeUndefined();
  expect(
    siteFault(request({ host, origin: 'http://lab.example.org', isTls: true }), proxied),
  ).toMatch(/other sites/);
});

test('a browser that says which site asks is believed, but for links that people follow', () => {
  for (const fetchSite of ['cross-site', 'same-site']) {
    expect(siteFault(request({ fetchSite }), LOCAL)).toMatch(/other sites/);
    expect(siteFault(request({ fetchSite, method: 'GET' }), LOCAL)).toBeUndefined();
  }
  for (const fetchSite of ['same-origin', 'none', undefined])
    expect(siteFault(request({ fetchSite }), LOCAL)).toBeUndefined();
});
