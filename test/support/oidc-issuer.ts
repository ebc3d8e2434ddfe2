import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

/** An OpenID Connect issuer on loopback: its configuration, its keys, and tokens that it signs. */
export interface OidcIssuer extends AsyncDisposable {
  readonly issuer: string;
  /** How often its keys were asked for. */
  readonly keysAsked: () => number;
  /** A token of its newest key; `exp` and `sub` are set unless the claims say otherwise. */
  token(claims?: JWTPayload): Promise<string>;
  /** A new key in place of all others. */
  rotate(): Promise<void>;
  /** From now on it answers everything so; undefined: as it should. */
  answer(how: ((response: ServerResponse) => void) | undefined): void;
}

interface SigningKey {
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: object;
}

async function newKey(id: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid: id, alg: 'ES256', use: 'sig' };
  return { id, privateKey, publicJwk };
}

/** Serves until disposed. @param now of its tokens */
export async function oidcIssuer(now: () => Date): Promise<OidcIssuer> {
  let key = await newKey('key-1');
  let asked = 0;
  let how: ((response: ServerResponse) => void) | undefined;
  const server = createServer((request, response) => {
    if (how !== undefined) {
      how(response);
      return;
    }
    const issuer = `http://${request.headers.host ?? ''}/realms/lab`;
    if (request.url === '/realms/lab/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    else if (request.url === '/realms/lab/keys') {
      asked += 1;
      response.end(JSON.stringify({ keys: [key.publicJwk] }));
    } else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/lab`;
  return {
    issuer,
    keysAsked: () => asked,
    token: (claims = {}) => {
      const seconds = Math.floor(now().getTime() / 1000);
      const whole = { iss: issuer, aud: 'cyto-run', sub: 'ada', exp: seconds + 300, ...claims };
      return new SignJWT(whole)
        .setProtectedHeader({ alg: 'ES256', kid: key.id })
        .sign(key.privateKey);
    },
    rotate: async () => {
      key = await newKey(`key-${asked + 2}-${key.id}`);
    },
    answer: (given) => {
      how = given;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
