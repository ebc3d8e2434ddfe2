import { readdir, readFile } from 'node:fs/promises';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';

import { messageOf, RunnerError, systemCodeOf } from '../../../base/errors.ts';
import { LIMITS } from '../../../base/limits.ts';
import { MANIFEST_TYPES } from '../manifest.ts';
import type { ImageReference } from '../reference.ts';
import type { RegistryAuth } from './login.ts';

/** One repository of a registry (OCI distribution-spec 1.1), asked as whoever the login says. */
export interface RegistryRepository {
  /** An index or manifest, by tag or digest, with its digest as the registry says it. */
  manifest(
    name: string,
    signal: AbortSignal,
  ): Promise<{ bytes: Buffer; digest: string | undefined }>;
  /** A blob from a byte on; where the registry cannot begin there, `from` is 0. */
  blob(
    digest: string,
    from: number,
    signal: AbortSignal,
  ): Promise<{ body: IncomingMessage; from: number }>;
}

type Headers = Readonly<Record<string, string>>;

/** The repository of a reference. Nothing is asked yet. */
export function registryRepository(
  reference: ImageReference,
  auth: RegistryAuth | undefined,
): RegistryRepository {
  return new Repository(reference, auth);
}

class Repository implements RegistryRepository {
  readonly #reference: ImageReference;
  readonly #auth: RegistryAuth | undefined;
  readonly #host: string;
  #scheme: 'https' | 'http' = 'https';
  #authorization: string | undefined;

  constructor(reference: ImageReference, auth: RegistryAuth | undefined) {
    this.#reference = reference;
    this.#auth = auth;
    this.#host = reference.registry === 'docker.io' ? 'registry-1.docker.io' : reference.registry;
  }

  async manifest(
    name: string,
    signal: AbortSignal,
  ): Promise<{ bytes: Buffer; digest: string | undefined }> {
    const answer = await this.#get(
      `manifests/${name}`,
      { accept: MANIFEST_TYPES.join(', ') },
      signal,
    );
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > LIMITS.imageManifestBytesMax)
        throw this.#failed(`its manifest has more than ${LIMITS.imageManifestBytesMax} bytes`);
    }
    return { bytes: Buffer.concat(chunks), digest: header(answer, 'docker-content-digest') };
  }

  async blob(
    digest: string,
    from: number,
    signal: AbortSignal,
  ): Promise<{ body: IncomingMessage; from: number }> {
    const range: Headers = from === 0 ? {} : { range: `bytes=${from}-` };
    const body = await this.#get(`blobs/${digest}`, range, signal);
    return { body, from: body.statusCode === 206 ? from : 0 };
  }

  async #get(path: string, headers: Headers, signal: AbortSignal): Promise<IncomingMessage> {
    const ask = (): Promise<IncomingMessage> => this.#ask(path, headers, signal);
    let answer = await ask();
    if (answer.statusCode === 401) {
      const challenge = header(answer, 'www-authenticate') ?? '';
      answer.resume();
      this.#authorization = await this.#authorize(challenge, signal);
      if (this.#authorization === undefined) throw this.#closed(401);
      answer = await ask();
    }
    const { statusCode = 0 } = answer;
    if (statusCode < 300) return answer;
    answer.resume();
    if (statusCode === 404) throw this.#unknown();
    if (statusCode === 401 || statusCode === 403) throw this.#closed(statusCode);
    throw this.#failed(`the registry answers ${statusCode}`, statusCode);
  }

  /** Registries on loopback are spoken to without TLS when they know none, as Docker does. */
  async #ask(path: string, headers: Headers, signal: AbortSignal): Promise<IncomingMessage> {
    const url = (): URL =>
      new URL(`${this.#scheme}://${this.#host}/v2/${this.#reference.path}/${path}`);
    const known = this.#authorization;
    const all = known === undefined ? headers : { ...headers, authorization: known };
    try {
      try {
        return await get(url(), all, signal);
      } catch (error) {
        if (this.#scheme === 'http' || !isLoopback(url().hostname)) throw error;
        this.#scheme = 'http';
        return await get(url(), all, signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw this.#unreachable(error);
    }
  }

  /** Answers a challenge: Basic with the login itself, Bearer with a token got for it. */
  async #authorize(challenge: string, signal: AbortSignal): Promise<string | undefined> {
    const [, scheme = '', rest = ''] = /^\s*(\w+)\s+(.*)$/s.exec(challenge) ?? [];
    const auth = this.#auth;
    if (scheme.toLowerCase() === 'basic')
      return auth !== undefined && 'username' in auth ? basic(auth) : undefined;
    const words = Object.fromEntries(
      [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    if (scheme.toLowerCase() !== 'bearer' || words['realm'] === undefined) return undefined;
    const realm = new URL(words['realm']);
    if (words['service'] !== undefined) realm.searchParams.set('service', words['service']);
    const scope = words['scope'] ?? `repository:${this.#reference.path}:pull`;
    realm.searchParams.set('scope', scope);
    const token = await bearerToken(realm, auth, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw this.#unreachable(error);
    });
    return token === undefined ? undefined : `Bearer ${token}`;
  }

  #unknown(): RunnerError {
    const { familiar, registry } = this.#reference;
    return new RunnerError('image-not-found', `${registry} has no image ${familiar}`, {
      hint: `Check the name and tag. A private image needs "docker login ${registry}" first.`,
      details: { reference: familiar, registry },
    });
  }

  #closed(statusCode: number): RunnerError {
    const { familiar, registry } = this.#reference;
    return new RunnerError('image-pull-failed', `${registry} does not let us pull ${familiar}`, {
      hint: `Run "docker login ${registry}" or "apptainer registry login docker://${registry}".`,
      details: { reference: familiar, registry, statusCode },
    });
  }

  #failed(what: string, statusCode?: number): RunnerError {
    const { familiar, registry } = this.#reference;
    return new RunnerError('image-pull-failed', `${familiar} could not be pulled: ${what}`, {
      ...(statusCode === 429
        ? { hint: `${registry} refuses more pulls for now: log in, or wait.` }
        : {}),
      details: {
        reference: familiar,
        registry,
        transient: (statusCode ?? 0) >= 500,
        ...(statusCode === undefined ? {} : { statusCode }),
      },
    });
  }

  #unreachable(cause: unknown): RunnerError {
    const { familiar, registry } = this.#reference;
    return new RunnerError(
      'image-pull-failed',
      `${registry} cannot be reached for ${familiar}: ${messageOf(cause) || (systemCodeOf(cause) ?? 'no answer')}`,
      {
        cause,
        hint: 'Is there a network, or a proxy to be named in HTTPS_PROXY? An image that is here already is used with --pull never.',
        details: { reference: familiar, registry, transient: true },
      },
    );
  }
}

const basic = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** A token for the scope (distribution token authentication, OAuth 2 for identity tokens). */
async function bearerToken(
  realm: URL,
  auth: RegistryAuth | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer =
    auth !== undefined && 'identitytoken' in auth
      ? await post(realm, auth.identitytoken, signal)
      : await get(realm, auth === undefined ? {} : { authorization: basic(auth) }, signal);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  if ((answer.statusCode ?? 0) >= 300) return undefined;
  const said = JSON.parse(Buffer.concat(chunks).toString()) as {
    token?: string;
    access_token?: string;
  };
  return said.token ?? said.access_token;
}

async function post(realm: URL, token: string, signal: AbortSignal): Promise<IncomingMessage> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: 'cyto-run',
    service: realm.searchParams.get('service') ?? '',
    scope: realm.searchParams.get('scope') ?? '',
  }).toString();
  const bare = new URL(realm.pathname, realm);
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return send(bare, { method: 'POST', headers: type, body, signal });
}

/** Follows redirects; a login goes to no other host (registries send blobs from elsewhere). */
async function get(url: URL, headers: Headers, signal: AbortSignal): Promise<IncomingMessage> {
  let at = url;
  let sent = headers;
  for (let step = 0; step < LIMITS.registryRedirectsMax; step += 1) {
    const answer = await send(at, { method: 'GET', headers: sent, signal });
    const location = header(answer, 'location');
    if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || location === undefined)
      return answer;
    answer.resume();
    const next = new URL(location, at);
    if (next.protocol === 'http:' && at.protocol === 'https:')
      throw new Error(`it sends us from ${at.host} to ${next.host} without TLS`);
    if (next.host !== at.host) {
      const { authorization: _login, ...others } = sent;
      sent = others;
    }
    at = next;
  }
  throw new Error('it sends us from place to place');
}

interface Sending {
  readonly method: 'GET' | 'POST';
  readonly headers: Headers;
  readonly body?: string;
  readonly signal: AbortSignal;
}

async function send(
  url: URL,
  { method, headers, body, signal }: Sending,
): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  // The proxies of HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as every other program takes them.
  const proxyEnv = process.env;
  const agent = secure
    ? new HttpsAgent({ proxyEnv, ca: await certificates(url.host) })
    : new HttpAgent({ proxyEnv });
  const options = { method, headers: { 'user-agent': 'cyto-run', ...headers }, agent, signal };
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)(url, options, resolve);
    request.setTimeout(LIMITS.registrySilenceMs, () => {
      request.destroy(new Error(`it says nothing for ${LIMITS.registrySilenceMs / 1000} s`));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Whom this machine trusts, and whom Docker was told to trust for this registry. */
async function certificates(host: string): Promise<string[]> {
  const folder = join('/etc/docker/certs.d', host);
  const names = await readdir(folder).catch(() => []);
  const own = names.filter((name) => name.endsWith('.crt'));
  return [
    ...getCACertificates('default'),
    ...getCACertificates('system'),
    ...(await Promise.all(own.map((name) => readFile(join(folder, name), 'utf8')))),
  ];
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

const header = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
};
