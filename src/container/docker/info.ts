import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';

import type Dockerode from 'dockerode';

import type { RunnerError } from '../../base/errors.ts';
import type { EngineInfo, EngineVersion } from '../engine.ts';
import type { Limitation } from '../promises.ts';
import { asking, type Connection } from './connection.ts';

/** What we read of the engine's /info and /version. */
interface EngineFacts {
  readonly DockerRootDir?: string;
  readonly OSType?: string;
  readonly Architecture?: string;
  readonly NCPU?: number;
  readonly MemTotal?: number;
  readonly MemoryLimit?: boolean;
  readonly SwapLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly CPUCfsQuota?: boolean;
  readonly PidsLimit?: boolean;
  readonly Runtimes?: Readonly<Record<string, unknown>>;
  readonly DiscoveredDevices?: readonly { readonly ID?: string }[];
}

interface VersionAnswer {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly Components?: readonly { readonly Name: string }[];
}

/**
 * Who the engine is and what it can enforce. Throws `engine-unavailable`, also as the signal's
 * reason when it takes too long.
 */
export async function engineInfo(
  connection: Connection,
  signal: AbortSignal,
  init: boolean,
): Promise<EngineInfo> {
  const [facts, version] = await orLate(
    signal,
    asking(connection, (client) =>
      Promise.all([
        client.info() as Promise<EngineFacts>,
        client.version() as unknown as Promise<VersionAnswer>,
      ]),
    ),
  );
  const identity = identityOf(version);
  return {
    ...identity,
    apiVersion: version.ApiVersion,
    platform: `${facts.OSType ?? 'linux'}/${facts.Architecture ?? 'unknown'}`,
    limitations: {
      ...limitationsOf(facts, init),
      ...(identity.name === 'podman' ? await podmanLimitations(facts) : {}),
    },
    cpus: facts.NCPU ?? 1,
    memoryBytes: facts.MemTotal ?? 0,
    ...gpusOf(facts),
  };
}

function identityOf({ Version: version, Components: components }: VersionAnswer): EngineVersion {
  const podman = components?.some(({ Name: name }) => name.startsWith('Podman')) ?? false;
  return { name: podman ? 'podman' : 'docker', version };
}

/** The header by which Docker and Podman name themselves in every answer: `Docker/20.10.24 (linux)`. */
const SERVER = /^(?<name>Docker|Libpod)\/(?<version>\S+)/;

/**
 * Who the engine is, by the header of its answer to a ping. `/version` and `/info` have the engine run
 * its own programs to tell their versions, which costs as much as creating a container; they are
 * asked only where something between us and the engine hides the header.
 */
export async function engineVersion(
  connection: Connection,
  signal: AbortSignal,
): Promise<EngineVersion> {
  return orLate(
    signal,
    asking(connection, async (client) => {
      const { name, version } = SERVER.exec(await serverHeader(client))?.groups ?? {};
      if (name !== undefined && version !== undefined)
        return { name: name === 'Libpod' ? 'podman' : 'docker', version };
      return identityOf(await client.version());
    }),
  );
}

/** dockerode's own ping tells the body alone. */
function serverHeader(client: Dockerode): Promise<string> {
  const modem = client.modem as PingModem;
  const ping = { path: '/_ping', method: 'GET', isStream: true, statusCodes: { 200: true } };
  return new Promise((resolve, reject) => {
    modem.dial(ping, (error, response) => {
      response?.resume();
      if (error === null) resolve(String(response?.headers['server'] ?? ''));
      else reject(error);
    });
  });
}

/** What we use of docker-modem, which has no types. */
interface PingModem {
  dial(options: unknown, callback: (error: Error | null, response?: IncomingMessage) => void): void;
}

/** The answer, or the signal's reason if that comes first. */
async function orLate<Answer>(signal: AbortSignal, answer: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const onAbort = (): void => {
    late.reject(signal.reason as RunnerError);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** What the kernel does not let this engine enforce. */
export function limitationsOf(facts: EngineFacts, init: boolean): EngineInfo['limitations'] {
  const cfsQuota = facts.CpuCfsQuota ?? facts.CPUCfsQuota;
  return {
    ...(facts.MemoryLimit === false && {
      memory: notKept('The kernel does not let the engine limit memory.'),
    }),
    ...(facts.SwapLimit === false && {
      swap: notKept(
        'The kernel does not count swap: an app over its memory limit may swap instead.',
      ),
    }),
    ...(cfsQuota === false && {
      cpus: notKept('The kernel does not let the engine limit processor time.'),
    }),
    ...(facts.PidsLimit === false && {
      pids: notKept('The kernel does not let the engine limit the number of processes.'),
    }),
    ...(!init && {
      init: notKept(
        'The engine has no init: an app without a SIGTERM handler ends only when killed.',
      ),
    }),
  };
}

/** What of the promises Podman keeps otherwise. */
async function podmanLimitations({
  DockerRootDir: root,
}: EngineFacts): Promise<EngineInfo['limitations']> {
  const canReadLogs = await access(root ?? '', constants.R_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return {
    memory: {
      kept: 'partly',
      sentence:
        'Podman does not always say why a container was killed: one with a memory limit counts as out of memory when the kernel ended anything for want of memory while it ran.',
    },
    ...(!canReadLogs && {
      output: {
        kept: 'partly',
        sentence:
          "Podman's logs are not this user's to read: output is told when the app has ended, not while it runs.",
        hint: 'Use a Podman of your own ("systemctl --user enable --now podman.socket").',
      },
    }),
  };
}

const notKept = (sentence: string): Limitation => ({ kept: 'not', sentence });

/**
 * The NVIDIA runtime is registered, or devices are offered by the Container Device Interface, each by
 * its number beside other names of it; the runtime does not say how many there are.
 */
export function gpusOf(facts: EngineFacts): Pick<EngineInfo, 'gpus' | 'gpuCount'> {
  const names = (facts.DiscoveredDevices ?? []).flatMap(({ ID: id }) => id ?? []);
  if (!('nvidia' in (facts.Runtimes ?? {})) && !names.some((name) => name.includes('/gpu=')))
    return { gpus: 'absent' };
  const count = new Set(names.filter((name) => /\/gpu=\d+$/.test(name))).size;
  return { gpus: 'available', ...(count === 0 ? {} : { gpuCount: count }) };
}
