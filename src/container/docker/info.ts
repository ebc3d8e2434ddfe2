import type { RunnerError } from '../../base/errors.ts';
import type { EngineInfo } from '../engine.ts';
import { asking, type Connection } from './connection.ts';

/** What we read of the engine's /info and /version. */
interface EngineFacts {
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

interface EngineVersion {
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
  const late = Promise.withResolvers<never>();
  const onAbort = (): void => {
    late.reject(signal.reason as RunnerError);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const [facts, version] = await Promise.race([
    asking(connection, (client) =>
      Promise.all([
        client.info() as Promise<EngineFacts>,
        client.version() as unknown as Promise<EngineVersion>,
      ]),
    ),
    late.promise,
  ]);
  signal.removeEventListener('abort', onAbort);
  const podman = version.Components?.some(({ Name: name }) => name.startsWith('Podman')) ?? false;
  return {
    name: podman ? 'podman' : 'docker',
    version: version.Version,
    apiVersion: version.ApiVersion,
    platform: `${facts.OSType ?? 'linux'}/${facts.Architecture ?? 'unknown'}`,
    limitations: limitationsOf(facts, init),
    cpus: facts.NCPU ?? 1,
    memoryBytes: facts.MemTotal ?? 0,
    gpus: hasGpu(facts) ? 'available' : 'absent',
  };
}

/** Sentences by promise; a promise that is kept is not named. */
export function limitationsOf(facts: EngineFacts, init: boolean): Readonly<Record<string, string>> {
  return {
    ...(facts.MemoryLimit === false
      ? { memory: 'The kernel does not let the engine limit memory.' }
      : {}),
    ...(facts.SwapLimit === false
      ? { swap: 'The kernel does not count swap: an app over its memory limit may swap instead.' }
      : {}),
    ...((facts.CpuCfsQuota ?? facts.CPUCfsQuota) === false
      ? { cpus: 'The kernel does not let the engine limit processor time.' }
      : {}),
    ...(facts.PidsLimit === false
      ? { pids: 'The kernel does not let the engine limit the number of processes.' }
      : {}),
    ...(init
      ? {}
      : {
          init: 'The engine has no init: an app without a SIGTERM handler ends only when killed.',
        }),
  };
}

/** The NVIDIA runtime is registered, or a device is offered by the Container Device Interface. */
const hasGpu = (facts: EngineFacts): boolean =>
  'nvidia' in (facts.Runtimes ?? {}) ||
  (facts.DiscoveredDevices ?? []).some(({ ID: id }) => id?.includes('/gpu=') === true);
