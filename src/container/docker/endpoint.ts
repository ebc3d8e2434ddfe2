import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { LOOKS } from '../looks.ts';

/** Which engine to talk to. Neither given: as the `docker` command would choose. */
export interface DockerEndpoint {
  /** Path of a Unix socket. */
  readonly socketPath?: string;
  /** `unix:///path`, `tcp://host:port`, `ssh://user@host`. */
  readonly host?: string;
}

/** The part of Docker's client configuration that concerns us (`config.json`). */
export interface DockerClientConfig {
  readonly currentContext?: string;
  readonly auths?: Readonly<Record<string, StoredAuth>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

export interface StoredAuth {
  /** Base64 of `user:password`. */
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where Docker's client keeps its configuration. */
export const clientConfigFolder = (environment: Environment): string =>
  environment['DOCKER_CONFIG'] ?? join(homedir(), '.docker');

/** The client's configuration; empty when there is none. Throws `configuration-invalid`. */
export function readClientConfig(environment: Environment): DockerClientConfig {
  const path = join(clientConfigFolder(environment), 'config.json');
  const text = readOrNothing(path);
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as DockerClientConfig;
  } catch (cause) {
    throw new RunnerError('configuration-invalid', `${path} is not JSON`, {
      cause,
      hint: 'This is the configuration of the docker command; mend it or move it away.',
    });
  }
}

/**
 * The engine's address, as the docker command finds it: DOCKER_HOST, then the context named by
 * DOCKER_CONTEXT or the configuration; `undefined`: the default socket. Throws
 * `configuration-invalid` for a context that does not exist.
 */
export function currentHost(environment: Environment): string | undefined {
  const host = environment['DOCKER_HOST'];
  if (host !== undefined && host !== '') return host;
  const context = environment['DOCKER_CONTEXT'] ?? readClientConfig(environment).currentContext;
  if (context === undefined || context === '' || context === 'default') return undefined;
  return hostOfContext(context, environment);
}

/** The socket of Podman's service, or where CONTAINER_HOST says. Throws `configuration-invalid` for SSH. */
export function podmanEndpoint(environment: Environment): DockerEndpoint {
  const host = environment['CONTAINER_HOST'] ?? '';
  if (host.startsWith('ssh://'))
    throw new RunnerError('configuration-invalid', `CONTAINER_HOST names ${host}, over SSH`, {
      hint: 'Forward its socket ("ssh -L /tmp/podman.sock:/run/user/UID/podman/podman.sock HOST") and set CONTAINER_HOST=unix:///tmp/podman.sock.',
    });
  if (host !== '') return { host };
  const look = LOOKS.podman(environment);
  return { socketPath: look.there ? look.where : ROOT_PODMAN_SOCKET };
}

const ROOT_PODMAN_SOCKET = '/run/podman/podman.sock';

/** A context is kept in a folder named by the SHA-256 of its name. */
function hostOfContext(context: string, environment: Environment): string {
  const folder = createHash('sha256').update(context).digest('hex');
  const path = join(clientConfigFolder(environment), 'contexts', 'meta', folder, 'meta.json');
  const text = readOrNothing(path);
  const meta = (text === undefined ? {} : JSON.parse(text)) as {
    Endpoints?: { docker?: { Host?: string } };
  };
  const host = meta.Endpoints?.docker?.Host;
  if (host !== undefined) return host;
  throw new RunnerError('configuration-invalid', `the docker context "${context}" does not exist`, {
    hint: 'See "docker context ls", or set DOCKER_HOST.',
    details: { context },
  });
}

/** At once: a thread for these few lines, which every run waits for, takes as long as creating a container. */
function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
