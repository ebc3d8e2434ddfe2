import { LIMITS } from '../../base/limits.ts';
import type { ContainerLimits, ContainerSpec, Mount } from '../engine.ts';
import { labelsOf } from './labels.ts';

/** What of a request depends on the Podman that gets it. */
export interface PodmanHabits {
  /** Whether it has an init to give. */
  readonly init: boolean;
  /** The uid of a Podman without root; its containers live in that user's own range of uids. */
  readonly rootlessUid?: number;
}

/**
 * What Podman is asked to create, in its own language (its SpecGenerator, API 4.0 and later). Pure.
 * In Docker's language it would make folders that a mount does not find, take commas, quotes and
 * line ends in a mount's path for its own, and add variables of its own.
 */
export function libpodRequest(
  spec: ContainerSpec,
  { init, rootlessUid }: PodmanHabits,
): Readonly<Record<string, unknown>> {
  const [program, ...rest] = spec.argv;
  return {
    name: spec.name,
    image: spec.image,
    ...(spec.entrypoint === 'replaced'
      ? { entrypoint: program === undefined ? [] : [program], command: rest }
      : { command: spec.argv }),
    env: spec.environment,
    // Those of the service, which are nobody's here.
    env_host: false,
    httpproxy: false,
    unsetenv: ADDED_VARIABLES.filter((name) => !(name in spec.environment)),
    work_dir: spec.workingDirectory,
    // A working directory that a mount brings is not there yet when Podman looks.
    create_working_dir: true,
    ...(spec.user === 'image' ? {} : { user: `${spec.user.uid}:${spec.user.gid}` }),
    ...(rootlessUid !== undefined && spec.user !== 'image' && spec.user.uid === rootlessUid
      ? { userns: { nsmode: 'keep-id' } }
      : {}),
    labels: labelsOf(spec),
    stdin: false,
    terminal: false,
    stop_signal: SIGTERM,
    healthconfig: { Test: ['NONE'] },
    init,
    systemd: 'false',
    cap_drop: ['ALL'],
    no_new_privileges: true,
    // Where SELinux rules, a user's folder is mounted as it is: to label it anew would change the user's files.
    selinux_opts: ['disable'],
    read_only_filesystem: spec.readOnlyRoot,
    mounts: spec.mounts.map(bindMount),
    netns: { nsmode: spec.network === 'bridge' ? 'default' : spec.network },
    shm_size: spec.limits.memoryBytes ?? LIMITS.containerSharedMemoryBytes,
    umask: '0022',
    restart_policy: 'no',
    // Lines with their stream and whether they were ended: no byte is lost.
    log_configuration: { driver: 'k8s-file', size: LIMITS.engineLogBytesMax },
    resource_limits: resources(spec.limits),
    ...(spec.limits.gpus === undefined ? {} : { devices: gpuDevices(spec.limits.gpus) }),
  };
}

const SIGTERM = 15;

/** Podman's own default, which an app would take for a terminal. */
const ADDED_VARIABLES = ['TERM'];

const bindMount = ({ source, target, readOnly }: Mount): Readonly<Record<string, unknown>> => ({
  type: 'bind',
  source,
  destination: target,
  options: ['rbind', 'rprivate', readOnly ? 'ro' : 'rw'],
});

/** Processor time is counted out in periods of a tenth of a second, as Docker does. */
const PERIOD_US = 100_000;

const resources = (limits: ContainerLimits): Readonly<Record<string, unknown>> => ({
  pids: { limit: limits.pids },
  // Equal: no swap on top of the memory.
  ...(limits.memoryBytes === undefined
    ? {}
    : { memory: { limit: limits.memoryBytes, swap: limits.memoryBytes } }),
  ...(limits.cpus === undefined
    ? {}
    : { cpu: { period: PERIOD_US, quota: Math.round(limits.cpus * PERIOD_US) } }),
});

/** By the names of the Container Device Interface. */
const gpuDevices = (gpus: 'all' | number): readonly { path: string }[] =>
  gpus === 'all'
    ? [{ path: 'nvidia.com/gpu=all' }]
    : Array.from({ length: gpus }, (_, at) => ({ path: `nvidia.com/gpu=${at}` }));
