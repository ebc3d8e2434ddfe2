import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from 'jose';

import type { Clock } from '../../base/clock.ts';
import { messageOf, RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { scopesUpTo, type Principal, type Scope } from '../http/principal.ts';

/** An issuer of tokens (OpenID Connect), and how its claims are read. */
export interface OidcSettings {
  /** As the claim `iss` has it, to the letter. */
  readonly issuer: string;
  /** Who its tokens must be meant for: the claim `aud`. */
  readonly audience: string;
  /** Absent: where the issuer's own configuration says. */
  readonly jwksUrl?: string | undefined;
  /** The claim that names the caller; it must be one that users cannot choose. */
  readonly nameClaim: string;
  /** The claim that holds what the caller may do, with dots for claims within claims. */
  readonly scopeClaim: string;
  /** What of it stands for which scope. */
  readonly scopes: Readonly<Record<Scope, string>>;
}

/** Only signatures that need the issuer's private key: never `none`, never a shared secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].concat(
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
);

interface OidcPorts {
  readonly clock: Clock;
  /** How soon keys are asked for again when a token names one that is not known. */
  readonly cooldownMs?: number;
}

/** Verifies bearer tokens of one issuer. Its keys are fetched when first needed, and kept for a while. */
export class OidcVerifier {
  readonly #settings: OidcSettings;
  readonly #ports: OidcPorts;
  #keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;

  constructor(settings: OidcSettings, ports: OidcPorts) {
    this.#settings = settings;
    this.#ports = ports;
    for (const url of [settings.issuer, settings.jwksUrl ?? settings.issuer]) assertUrl(url);
  }

  /** Who a token is of. Throws `unauthorized`, `issuer-unreachable`. */
  async principalOf(token: string): Promise<Principal> {
    const { issuer, audience, nameClaim, scopeClaim, scopes } = this.#settings;
    const claims = await this.#verify(token, { issuer, audience });
    const name = claimAt(claims, nameClaim);
    if (typeof name !== 'string' || name === '')
      throw unauthorized(`the token has no claim ${nameClaim} that names its bearer`);
    const held = wordsOf(claimAt(claims, scopeClaim));
    const found = (['admin', 'submit', 'read'] as const).find((scope) => held.has(scopes[scope]));
    return { name, scopes: found === undefined ? new Set() : scopesUpTo(found), via: 'oidc' };
  }

  async #verify(
    token: string,
    expected: { readonly issuer: string; readonly audience: string },
  ): Promise<JWTPayload> {
    this.#keys ??= this.#findKeys();
    const keys = this.#keys;
    try {
      const { payload } = await jwtVerify(token, await keys, {
        ...expected,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: LIMITS.clockSkewMs / 1000,
        currentDate: this.#ports.clock.now(),
      });
      return payload;
    } catch (error) {
      if (ISSUER_FAULTS.some((fault) => error instanceof fault)) {
        // Asked anew by the next request.
        if (this.#keys === keys) this.#keys = undefined;
        throw unreachable(expected.issuer, error);
      }
      if (error instanceof errors.JOSEError)
        throw unauthorized(REASONS[error.code] ?? 'the token is not valid');
      throw error;
    }
  }

  async #findKeys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const { issuer, jwksUrl } = this.#settings;
    return createRemoteJWKSet(new URL(jwksUrl ?? (await discover(issuer))), {
      timeoutDuration: LIMITS.issuerAnswerMs,
      cooldownDuration: this.#ports.cooldownMs ?? LIMITS.issuerCooldownMs,
      [customFetch]: (url, init) => boundedFetch(url, init.signal),
    });
  }
}

/** What is wrong with a token, without a word of it. */
const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'the token has expired',
  ERR_JWT_CLAIM_VALIDATION_FAILED:
    'the token is of another issuer, for another audience, or not valid yet',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'the signature of the token is not its issuer’s',
  ERR_JWKS_NO_MATCHING_KEY: 'the token is signed with a key that its issuer does not publish',
  ERR_JOSE_ALG_NOT_ALLOWED: 'the token is signed in a way that is not accepted',
};

/** Where the issuer's keys are (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await boundedFetch(url, AbortSignal.timeout(LIMITS.issuerAnswerMs));
  const document = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (document.issuer !== issuer || typeof document.jwks_uri !== 'string')
    throw new Unreachable(`${url} is not the configuration of ${issuer}`);
  assertUrl(document.jwks_uri);
  return document.jwks_uri;
}

/** The issuer or its network failed, not the caller. */
class Unreachable extends Error {}

const ISSUER_FAULTS = [Unreachable, errors.JWKSTimeout, errors.JWKSInvalid];

async function boundedFetch(url: string, signal: AbortSignal): Promise<Response> {
  try {
    const answer = await fetch(url, {
      signal,
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    if (answer.status !== 200) throw new Error(`it answers ${answer.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LIMITS.issuerBytesMax) throw new Error('its answer is too long');
    }
    const text = Buffer.concat(chunks).toString();
    JSON.parse(text);
    return new Response(text);
  } catch (error) {
    throw new Unreachable(`${url}: ${messageOf(error)}`, { cause: error });
  }
}

/** Keys that came in plain text over a network could be anybody's. */
/** Throws `configuration-invalid` for what is no address of an issuer. */
export function assertUrl(text: string): void {
  const url = URL.parse(text);
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? '');
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return;
  throw new RunnerError(
    'configuration-invalid',
    `${JSON.stringify(text)} is no https URL of an issuer`,
    {
      hint: 'Give the issuer as its tokens name it, for example https://login.example.org/realms/lab.',
    },
  );
}

const claimAt = (claims: JWTPayload, path: string): unknown =>
  Object.hasOwn(claims, path)
    ? claims[path]
    : path
        .split('.')
        .reduce<unknown>(
          (value, key) =>
            typeof value === 'object' && value !== null && Object.hasOwn(value, key)
              ? (value as Record<string, unknown>)[key]
              : undefined,
          claims,
        );

/** A list, or a text with spaces between (RFC 6749, section 3.3). */
const wordsOf = (claim: unknown): ReadonlySet<unknown> =>
  new Set(typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : []);

const unauthorized = (message: string): RunnerError =>
  new RunnerError('unauthorized', message, { hint: 'Ask its issuer for a new token.' });

const unreachable = (issuer: string, cause: unknown): RunnerError =>
  new RunnerError(
    'issuer-unreachable',
    `the keys of ${issuer} cannot be had, so no token of it can be checked`,
    {
      cause,
      hint: 'Try again; the server’s log says what happened.',
    },
  );
