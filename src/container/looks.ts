import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { systemCodeOf } from '../base/errors.ts';
import type { EngineName } from './engine.ts';

/** Whether an engine is there, as far as a look at files tells. */
export type EngineLook =
  | { readonly there: true; readonly where: string }
  | {
      readonly there: false;
      /** As a clause. */
      readonly why: string;
      /** What would make it be there. */
      readonly hint: string;
    };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How each engine is looked for: sockets' files, commands on PATH, variables. Costs microseconds and
 * starts nothing, for every run does it; whether the engine also answers shows when it is used.
 */
export const LOOKS: Readonly<Record<EngineName, (env: Environment) => EngineLook>> = {
  docker: lookForDocker,
  podman: lookForPodman,
  apptainer: (env) =>
    commandLook(['apptainer', 'singularity'], env, {
      why: 'no apptainer or singularity command is on PATH',
      hint: 'Install Apptainer (apptainer.org, "apt install apptainer" or "dnf install apptainer").',
    }),
  slurm: (env) =>
    commandLook(['sbatch'], env, {
      why: 'no sbatch command is on PATH',
      hint: 'Run this where jobs are submitted from.',
    }),
  process: () => ({ there: true, where: 'this machine, without a container' }),
};

/** What is installed with an engine, and stays when it is stopped. Absent: nothing tells. */
const PROGRAMS: Readonly<Partial<Record<EngineName, readonly string[]>>> = {
  docker: ['docker', 'dockerd'],
  podman: ['podman'],
  apptainer: ['apptainer', 'singularity'],
};

/**
 * What is missing of an engine that is not installed; undefined: it is there, or may be stopped, or
 * that cannot be told (a cluster may be elsewhere).
 */
export function missingEngine(
  name: EngineName,
  env: Environment,
  look = LOOKS[name],
): Extract<EngineLook, { there: false }> | undefined {
  const looked = look(env);
  const programs = PROGRAMS[name];
  if (looked.there || programs === undefined || isForbidden(looked)) return undefined;
  return programs.some((program) => onPath(program, env) !== undefined) ? undefined : looked;
}

const FORBIDDEN = 'is there, but you may not use it';
const DOCKER_SOCKET = '/var/run/docker.sock';
const START_DOCKER = 'Start it ("sudo systemctl start docker"), or install Docker Engine.';

/** As the docker command finds its engine: DOCKER_HOST, a context, the usual socket. */
function lookForDocker(env: Environment): EngineLook {
  const host = env['DOCKER_HOST'] ?? '';
  // Whoever sets it wants that engine, and none in its place.
  if (host !== '') return { there: true, where: host };
  const context = env['DOCKER_CONTEXT'] ?? '';
  if (context !== '' && context !== 'default')
    return { there: true, where: `docker context ${context}` };
  const look = socketLook(DOCKER_SOCKET, {
    why: `${DOCKER_SOCKET} is not there`,
    hint: START_DOCKER,
  });
  if (look.there) return look;
  const current = currentDockerContext(env);
  return current === undefined ? look : { there: true, where: `docker context ${current}` };
}

function currentDockerContext(env: Environment): string | undefined {
  const folder = env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? homedir(), '.docker');
  try {
    const { currentContext } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
      currentContext?: unknown;
    };
    return typeof currentContext === 'string' && !['', 'default'].includes(currentContext)
      ? currentContext
      : undefined;
  } catch {
    // No configuration, or one that the engine itself will complain about.
    return undefined;
  }
}

/** CONTAINER_HOST, else root's socket or the user's own. */
function lookForPodman(env: Environment): EngineLook {
  const host = env['CONTAINER_HOST'] ?? '';
  if (host !== '') return { there: true, where: host };
  const sockets = podmanSockets(env);
  const missing = {
    why: `no Podman socket is at ${sockets.join(' or ')}`,
    hint:
      onPath('podman', env) === undefined
        ? 'Install Podman 4 or later and start its socket.'
        : 'Start its service: "systemctl --user enable --now podman.socket" (as root without --user).',
  };
  const looks = sockets.map((path) => socketLook(path, missing));
  const seen = looks.find(({ there }) => there) ?? looks.find((look) => isForbidden(look));
  return seen ?? { there: false, ...missing };
}

/** Where Podman's service listens: root's socket or the user's own, the likeliest first. */
function podmanSockets(env: Environment): readonly [string, ...string[]] {
  const runtime = env['XDG_RUNTIME_DIR'] ?? '';
  const root = '/run/podman/podman.sock';
  if (runtime === '') return [root];
  const own = join(runtime, 'podman/podman.sock');
  return process.getuid?.() === 0 ? [root, own] : [own, root];
}

interface Missing {
  readonly why: string;
  readonly hint: string;
}

const isForbidden = (look: EngineLook): boolean => !look.there && look.why.includes(FORBIDDEN);

/** A socket that is there but not ours to use is not there for us. */
function socketLook(path: string, missing: Missing): EngineLook {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return { there: true, where: path };
  } catch (error) {
    if (systemCodeOf(error) !== 'EACCES') return { there: false, ...missing };
    return {
      there: false,
      why: `${path} ${FORBIDDEN}`,
      hint: 'Join the group that owns it ("sudo usermod -aG docker $USER", then log in again), or start a service of your own.',
    };
  }
}

function commandLook(names: readonly string[], env: Environment, missing: Missing): EngineLook {
  for (const name of names) {
    const path = onPath(name, env);
    if (path !== undefined) return { there: true, where: path };
  }
  return { there: false, ...missing };
}

/** Where a command is that the shell would find, without asking a shell. */
function onPath(name: string, env: Environment): string | undefined {
  return (env['PATH'] ?? '')
    .split(':')
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
