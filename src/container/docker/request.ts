import type { ContainerCreateOptions, DeviceRequest, HostConfig } from 'dockerode';

import { LIMITS } from '../../base/limits.ts';
import type { ContainerLimits, ContainerSpec, Mount } from '../engine.ts';
import { labelsOf } from './labels.ts';

/** A request as dockerode divides it when told to. */
interface CreateRequest extends ContainerCreateOptions {
  readonly _query: { readonly name: string };
  readonly _body: ContainerCreateOptions;
}

/**
 * What the engine is asked to create. Pure: a dry run can show it. Left alone, dockerode would put
 * all of it into the URL too, which engines and proxies write into their logs, secrets and all, and
 * refuse above a megabyte.
 */
export const createRequest = (spec: ContainerSpec, init: boolean): CreateRequest => ({
  _query: { name: spec.name },
  _body: container(spec, init),
});

/**
 * `init` puts a tiny process 1 before the app, so that SIGTERM ends an app that has no handler for
 * it (docs/decisions/0021).
 */
function container(spec: ContainerSpec, init: boolean): ContainerCreateOptions {
  const [program, ...rest] = spec.argv;
  return {
    Image: spec.image,
    ...(spec.entrypoint === 'replaced'
      ? { Entrypoint: program === undefined ? [] : [program], Cmd: rest }
      : { Cmd: [...spec.argv] }),
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    WorkingDir: spec.workingDirectory,
    ...(spec.user === 'image' ? {} : { User: `${spec.user.uid}:${spec.user.gid}` }),
    Labels: labelsOf(spec),
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: false,
    Tty: false,
    StopSignal: 'SIGTERM',
    // An image's own check would run beside the app for nobody.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: hostConfig(spec, init),
  };
}

function hostConfig(spec: ContainerSpec, init: boolean): HostConfig {
  return {
    Init: init,
    NetworkMode: spec.network,
    ReadonlyRootfs: spec.readOnlyRoot,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Mounts: spec.mounts.map(bindMount),
    // The engine's 64 MB makes PyTorch's data loaders die; memory is taken only as it is used.
    ShmSize: spec.limits.memoryBytes ?? LIMITS.containerSharedMemoryBytes,
    LogConfig: LOG_CONFIG,
    RestartPolicy: { Name: 'no' },
    ...resources(spec.limits),
  };
}

/**
 * The engine's copy of the log, named in full so that nothing of it depends on the daemon's own
 * configuration: `local` returns the very bytes, and one file of this size never rotates.
 */
const LOG_CONFIG = {
  Type: 'local',
  Config: {
    'max-size': String(LIMITS.engineLogBytesMax),
    'max-file': '1',
    compress: 'false',
    mode: 'blocking',
  },
} as const;

const bindMount = (mount: Mount): NonNullable<HostConfig['Mounts']>[number] => ({
  Type: 'bind',
  Source: mount.source,
  Target: mount.target,
  ReadOnly: mount.readOnly,
});

function resources(limits: ContainerLimits): Partial<HostConfig> {
  return {
    PidsLimit: limits.pids,
    // Equal: no swap on top of the memory.
    ...(limits.memoryBytes === undefined
      ? {}
      : { Memory: limits.memoryBytes, MemorySwap: limits.memoryBytes }),
    ...(limits.cpus === undefined ? {} : { NanoCpus: Math.round(limits.cpus * 1e9) }),
    ...(limits.gpus === undefined ? {} : { DeviceRequests: [gpuRequest(limits.gpus)] }),
  };
}

/** As `docker run --gpus` asks. */
const gpuRequest = (gpus: 'all' | number): DeviceRequest => ({
  Driver: '',
  Count: gpus === 'all' ? -1 : gpus,
  DeviceIDs: [],
  Capabilities: [['gpu']],
  Options: {},
});
