import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, rmdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { memoryControl } from '../../scripts/setup/facts.js';
import { MUNGE_SOCKET } from '../../scripts/setup/slurm-files.js';
import { until } from '../../scripts/setup/daemon.js';

/**
 * A real cluster of one test, beside that of all tests: its nodes may be broken without anybody else's
 * job being hurt. It has no accounting, and forgets a job soon after its end.
 */
export interface FrailCluster extends AsyncDisposable {
  /** By which Slurm's commands find it. */
  readonly env: { readonly SLURM_CONF: string };
  /** The node that jobs are given first while it is free, and the one that is left. */
  readonly first: string;
  readonly second: string;
  /** Runs a command of Slurm's there; resolves to what it prints. */
  readonly slurm: (...words: readonly string[]) => Promise<string>;
  /** From now on the prolog of that node fails. */
  readonly failProlog: (node: string) => Promise<void>;
}

/** A partition of a higher tier on the first node alone: its jobs preempt those of others there. */
export const URGENT = 'urgent';
/** After this slurmctld forgets a job that has ended. */
const FORGETS_SECONDS = 20;
const READY_MS = 240_000;

let clusters = 0;

/** What is wrong with it from its start. */
export interface FrailParts {
  /** Folders that the first node does not see, as if what they are had not been mounted there. */
  readonly unmounted?: readonly string[];
}

export async function frailCluster({ unmounted = [] }: FrailParts = {}): Promise<FrailCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'cyto-run-frail-'));
  await chmod(folder, 0o755);
  clusters += 1;
  const nodes = ['a', 'b'].map((letter) => `frail${process.pid}n${clusters}${letter}`);
  const [first = '', second = ''] = nodes;
  const SLURM_CONF = await writeSettings(folder, nodes);
  const env = { SLURM_CONF };
  const slurm = async (...[program = '', ...words]: readonly string[]): Promise<string> =>
    (await promisify(execFile)(program, words, { env: { ...process.env, ...env } })).stdout;
  const daemons = [
    start(folder, ['slurmctld', '-D'], env),
    ...nodes.map((node) => {
      const slurmd = ['slurmd', '-D', '-N', node];
      return start(folder, node === first ? [...without(unmounted), ...slurmd] : slurmd, env);
    }),
  ];
  const prologs = join(folder, 'prolog.d');
  const areIdle = async (): Promise<boolean> => {
    const states = await slurm('sinfo', '--noheader', '--Node', '--format=%T').catch(() => '');
    const words = new Set(states.split('\n').filter(Boolean));
    return words.size > 0 && [...words].every((word) => /^(idle|mixed|allocated)$/.test(word));
  };
  const cluster: FrailCluster = {
    env,
    first,
    second,
    slurm,
    failProlog: (node) => writeFile(join(prologs, node), ''),
    async [Symbol.asyncDispose]() {
      await slurm('scancel', '--me', '--signal=KILL', '--full').catch(() => '');
      await slurm('scancel', '--me').catch(() => '');
      await until(async () => (await slurm('squeue', '-h').catch(() => '')) === '', READY_MS);
      await Promise.all(daemons.map(end));
      for (const node of nodes) removeControlGroups(node);
      await rm(folder, { recursive: true, force: true });
    },
  };
  if (!(await until(areIdle, READY_MS)))
    throw new Error(await readFile(join(folder, 'slurmctld.log'), 'utf8'));
  return cluster;
}

async function writeSettings(folder: string, nodes: readonly string[]): Promise<string> {
  const [controllerPort = 0, ...nodePorts] = await freePorts(1 + nodes.length);
  const version = memoryControl();
  const limits = version !== 'none';
  const host = hostname().split('.')[0] ?? '';
  const place = `NodeHostname=${host} NodeAddr=127.0.0.1`;
  const lines = [
    'ClusterName=frail',
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${controllerPort}`,
    ...['SlurmUser=root', 'SlurmdUser=root', 'AuthType=auth/munge', 'CredType=cred/munge'],
    `AuthInfo=socket=${MUNGE_SOCKET}`,
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/%n`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmdPidFile=${folder}/slurmd.%n.pid`,
    `ProctrackType=proctrack/${limits ? 'cgroup' : 'linuxproc'}`,
    `TaskPlugin=task/${limits ? 'cgroup' : 'none'}`,
    ...['SelectType=select/cons_tres', 'SelectTypeParameters=CR_Core_Memory'],
    ...['SlurmdParameters=config_overrides', 'ReturnToService=2', 'MailProg=/bin/true'],
    ...['KillWait=5', `MinJobAge=${FORGETS_SECONDS}`, 'JobRequeue=1'],
    `Prolog=${folder}/prolog`,
    ...['PreemptType=preempt/partition_prio', 'PreemptMode=CANCEL'],
    ...nodes.map(
      (name, at) =>
        `NodeName=${name} ${place} Port=${nodePorts[at] ?? 0} CPUs=4 RealMemory=2048 Weight=${at + 1} State=UNKNOWN`,
    ),
    `PartitionName=main Nodes=${nodes.join(',')} Default=YES PriorityTier=1 State=UP`,
    `PartitionName=${URGENT} Nodes=${nodes[0] ?? ''} PriorityTier=9 PreemptMode=OFF State=UP`,
  ];
  const controls = limits
    ? [`CgroupPlugin=cgroup/${version}`, 'ConstrainRAMSpace=yes', 'AllowedSwapSpace=0']
    : [];
  const prolog = ['#!/bin/sh', `[ ! -e "${folder}/prolog.d/$SLURMD_NODENAME" ]`];
  await Promise.all(
    ['state', 'prolog.d', ...nodes].map((name) => mkdir(join(folder, name), { mode: 0o755 })),
  );
  await writeFile(join(folder, 'prolog'), `${prolog.join('\n')}\n`, { mode: 0o755 });
  await writeFile(join(folder, 'cgroup.conf'), `${controls.join('\n')}\n`);
  const settings = join(folder, 'slurm.conf');
  await writeFile(settings, `${lines.join('\n')}\n`);
  return settings;
}

/** Runs what follows where these folders are empty, for it and all it starts. */
const without = (folders: readonly string[]): string[] =>
  folders.length === 0
    ? []
    : ['unshare', '--mount', '/bin/sh', '-c', HIDE, 'hide', String(folders.length), ...folders];

const HIDE = `left=$1; shift
while [ "$left" -gt 0 ]; do mount -t tmpfs none "$1" || exit; shift; left=$((left - 1)); done
exec "$@"`;

/** Ends with whoever started it: nothing is left of a test run that was killed. */
function start(
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const name = words.includes('slurmctld') ? 'slurmctld' : 'slurmd';
  const log = openSync(join(folder, `${name}.log`), 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...words], {
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return child;
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await ended;
}

/** Held together, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async (): Promise<Server> => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  return ports;
}

/** Slurm leaves those of a node behind, a folder for each controller. */
function removeControlGroups(node: string): void {
  const root = '/sys/fs/cgroup';
  const places = ['.', ...readdirSync(root)].map((name) => join(root, name, `slurm_${node}`));
  for (const place of places) removeEmpty(place);
}

function removeEmpty(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
    rmdirSync(folder);
  } catch {
    // Not there, or still in use: it goes with the machine.
  }
}
