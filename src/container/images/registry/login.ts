import { execFile } from 'node:child_process';

import { RunnerError, systemCodeOf } from '../../../base/errors.ts';
import { LIMITS } from '../../../base/limits.ts';
import type { DockerClientConfig, StoredAuth } from '../../docker/endpoint.ts';

/** Docker Hub's credentials are kept under the address of its first API. */
const HUB_KEY = 'https://index.docker.io/v1/';

/** Who we are to a registry, in the words of Docker's API. */
export type RegistryAuth =
  | { readonly username: string; readonly password: string; readonly serveraddress: string }
  | { readonly identitytoken: string; readonly serveraddress: string };

/**
 * The credentials that `docker login` stored for a registry, from where the client configuration
 * says: a helper for this registry, the general store, or the file itself. `undefined`: none.
 * Throws `image-pull-failed` when a helper that should know does not work.
 */
export async function registryAuth(
  registry: string,
  config: DockerClientConfig,
): Promise<RegistryAuth | undefined> {
  const key = registry === 'docker.io' ? HUB_KEY : registry;
  const helper = config.credHelpers?.[key] ?? config.credHelpers?.[registry] ?? config.credsStore;
  if (helper !== undefined && helper !== '') {
    const kept = await askHelper(helper, key);
    if (kept !== undefined) return kept;
  }
  const stored = storedAuth(registry, key, config.auths ?? {});
  return stored === undefined ? undefined : authOf(stored, key);
}

function storedAuth(
  registry: string,
  key: string,
  auths: Readonly<Record<string, StoredAuth>>,
): StoredAuth | undefined {
  const sameHost = ([name]: readonly [string, StoredAuth]): boolean =>
    name.replace(/^https?:\/\//, '').replace(/\/.*$/, '') === registry;
  return auths[key] ?? auths[registry] ?? Object.entries(auths).find(sameHost)?.[1];
}

function authOf(stored: StoredAuth, serveraddress: string): RegistryAuth | undefined {
  if (stored.identitytoken !== undefined && stored.identitytoken !== '')
    return { identitytoken: stored.identitytoken, serveraddress };
  const decoded = Buffer.from(stored.auth ?? '', 'base64').toString();
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  return {
    username: decoded.slice(0, colon),
    // Old clients pad with NUL.
    password: decoded.slice(colon + 1).replace(/\0+$/, ''),
    serveraddress,
  };
}

/** Asks `docker-credential-NAME get`, as the credential helper protocol says: server in, JSON out. */
async function askHelper(helper: string, server: string): Promise<RegistryAuth | undefined> {
  const said = await new Promise<string | undefined>((resolve, reject) => {
    const child = execFile(
      `docker-credential-${helper}`,
      ['get'],
      { timeout: LIMITS.credentialHelperMs },
      (error, stdout) => {
        if (error === null) resolve(stdout);
        // It says so on stdout and exits 1.
        else if (/credentials not found/i.test(stdout)) resolve(undefined);
        else reject(helperFailed(helper, server, error));
      },
    );
    // A helper that does not read, or is not there, is told of by the callback.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(server);
  });
  if (said === undefined) return undefined;
  const { Username: username = '', Secret: secret = '' } = JSON.parse(said) as {
    Username?: string;
    Secret?: string;
  };
  return username === '<token>'
    ? { identitytoken: secret, serveraddress: server }
    : { username, password: secret, serveraddress: server };
}

/** Without the helper's output, which may hold a secret. */
const helperFailed = (helper: string, server: string, cause: Error): RunnerError =>
  new RunnerError(
    'image-pull-failed',
    systemCodeOf(cause) === 'ENOENT'
      ? `the credential helper docker-credential-${helper} is not installed`
      : `the credential helper docker-credential-${helper} did not give the credentials for ${server}`,
    {
      hint: `Run "docker login" again, or take "${helper}" out of the docker configuration.`,
      details: { helper, server },
    },
  );
