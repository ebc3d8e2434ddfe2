import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';

import { OidcVerifier, type OidcSettings } from '../../src/daemon/access/oidc.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { oidcIssuer, type OidcIssuer } from '../support/oidc-issuer.ts';

interface Scene {
  readonly issuer: OidcIssuer;
  readonly clock: ManualClock;
  readonly settings: OidcSettings;
  readonly verifier: (changes?: Partial<OidcSettings>, cooldownMs?: number) => OidcVerifier;
}

async function withIssuer(play: (scene: Scene) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  await using issuer = await oidcIssuer(() => clock.now());
  const settings: OidcSettings = {
    issuer: issuer.issuer,
    audience: 'cyto-run',
    nameClaim: 'sub',
    scopeClaim: 'scope',
    scopes: { read: 'cyto-run:read', submit: 'cyto-run:submit', admin: 'cyto-run:admin' },
  };
  await play({
    issuer,
    clock,
    settings,
    verifier: (changes = {}, cooldownMs = 0) =>
      new OidcVerifier({ ...settings, ...changes }, { clock, cooldownMs }),
  });
}

const refused = (message: RegExp): unknown =>
  expect.objectContaining({
    code: 'unauthorized',
    message: expect.stringMatching(message) as string,
  });

test.each([
  ['openid cyto-run:read', ['read']],
  ['cyto-run:submit', ['read', 'submit']],
  [
    ['email', 'cyto-run:admin'],
    ['read', 'submit', 'admin'],
  ],
  ['openid xcyto-run:admin cyto-run:adminx', []],
  ['', []],
  [undefined, []],
  [{ 'cyto-run:admin': true }, []],
])('the claim %j gives the scopes %j', (scope, scopes) =>
  withIssuer(async ({ issuer, verifier }) => {
    const principal = await verifier().principalOf(await issuer.token({ scope }));
    expect(principal).toEqual({ name: 'ada', scopes: new Set(scopes), via: 'oidc' });
  }),
);

test('name and scopes are taken from the claims that the configuration names', () =>
  withIssuer(async ({ issuer, verifier }) => {
    const keycloak = verifier({
      nameClaim: 'email',
      scopeClaim: 'realm_access.roles',
      scopes: { read: 'viewer', submit: 'analyst', admin: 'boss' },
    });
    const claims = { email: 'ada@lab.org', realm_access: { roles: ['analyst'] } };
    expect(await keycloak.principalOf(await issuer.token(claims))).toEqual({
      name: 'ada@lab.org',
      scopes: new Set(['read', 'submit']),
      via: 'oidc',
    });
    await expect(keycloak.principalOf(await issuer.token({}))).rejects.toEqual(refused(/email/));
  }));

test.each([
  ['of another issuer', { iss: 'https://evil.example' }, /another issuer/],
  ['for another audience', { aud: 'other' }, /another audience/],
  ['for no audience', { aud: undefined }, /another audience/],
  ['that never expires', { exp: undefined }, /./],
  ['of nobody', { sub: undefined }, /./],
])('a token %s is refused', (_what, claims, message) =>
  withIssuer(async ({ issuer, verifier }) => {
    const token = await issuer.token(claims as Record<string, unknown>);
    await expect(verifier().principalOf(token)).rejects.toEqual(refused(message));
  }),
);

test('a token is good until it expires by the clock of the server, give or take its skew', () =>
  withIssuer(async ({ issuer, clock, verifier }) => {
    const oidc = verifier();
    const token = await issuer.token();
    clock.advance(329_000);
    expect((await oidc.principalOf(token)).name).toBe('ada');
    clock.advance(1_000);
    await expect(oidc.principalOf(token)).rejects.toEqual(refused(/expired/));
  }));

test('a token whose text was changed, or that nobody or a shared secret signed, is refused', () =>
  withIssuer(async ({ issuer, verifier }) => {
    const oidc = verifier();
    const encoded = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const [header = '', payload = '', signature = ''] = (await issuer.token()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const eve = encoded({ ...claims, sub: 'eve', scope: 'cyto-run:admin' });
    const none = encoded({ alg: 'none' });
    const shared = encoded({ alg: 'HS256', kid: 'key-1' });
    const mac = createHmac('sha256', 'key-1').update(`${shared}.${eve}`).digest('base64url');
    for (const token of [
      `${header}.${eve}.${signature}`,
      `${none}.${eve}.`,
      `${shared}.${eve}.${mac}`,
      `${header}.${payload}.`,
      'a.b.c',
      '..',
    ])
      await expect(oidc.principalOf(token), token).rejects.toEqual(refused(/token/));
  }));

test('keys are asked for once, and again when the issuer has a new one', () =>
  withIssuer(async ({ issuer, verifier }) => {
    const oidc = verifier();
    const old = await issuer.token();
    await oidc.principalOf(old);
    await oidc.principalOf(await issuer.token());
    expect(issuer.keysAsked()).toBe(1);
    await issuer.rotate();
    expect((await oidc.principalOf(await issuer.token())).name).toBe('ada');
    expect(issuer.keysAsked()).toBe(2);
    await expect(oidc.principalOf(old)).rejects.toEqual(refused(/does not publish/));
  }));

test('tokens of made-up keys do not make the server ask the issuer each time', () =>
  withIssuer(async ({ issuer, verifier }) => {
    const oidc = verifier({}, 60_000);
    await oidc.principalOf(await issuer.token());
    await issuer.rotate();
    for (let time = 0; time < 5; time += 1)
      await expect(oidc.principalOf(await issuer.token())).rejects.toEqual(refused(/publish/));
    expect(issuer.keysAsked()).toBe(1);
  }));

test('an issuer that cannot be reached is not the caller’s fault, and is asked again', () =>
  withIssuer(async ({ issuer, verifier }) => {
    const oidc = verifier();
    const token = await issuer.token();
    const broken = [
      (response: ServerResponse) => response.writeHead(500).end(),
      (response: ServerResponse) => response.destroy(),
      (response: ServerResponse) => response.end('not JSON'),
      (response: ServerResponse) => response.end('x'.repeat(300_000)),
      (response: ServerResponse) => response.end('{"issuer":"other"}'),
      (response: ServerResponse) => response.end('[]'),
      (response: ServerResponse) =>
        response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    ];
    for (const how of broken) {
      issuer.answer((response) => void how(response));
      await expect(oidc.principalOf(token)).rejects.toMatchObject({ code: 'issuer-unreachable' });
    }
    issuer.answer(undefined);
    expect((await oidc.principalOf(token)).name).toBe('ada');
  }));

test.each(['http://login.example.org', 'ftp://x', 'login', 'file:///etc/passwd'])(
  'keys are not fetched in plain text from %s',
  (issuer) =>
    withIssuer(async ({ verifier }) => {
      expect(() => verifier({ issuer })).toThrow(/no https URL/);
      expect(() => verifier({ jwksUrl: issuer })).toThrow(/no https URL/);
    }),
);
