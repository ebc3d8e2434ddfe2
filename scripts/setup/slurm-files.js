/** Everything of our cluster lies below this folder, but for one link: where Slurm looks first. */
export const FOLDER = '/var/lib/cyto-run-slurm';
export const SYSTEM_SETTINGS = '/etc/slurm/slurm.conf';
export const MUNGE_SOCKET = `${FOLDER}/run/munge.socket`;
export const DATABASE_SOCKET = `${FOLDER}/db/mariadb.socket`;
export const SETTINGS = `${FOLDER}/etc/slurm.conf`;
/** What a test puts here runs before each job; one that fails is a failing prolog. */
export const PROLOGS = `${FOLDER}/prolog.d`;

/** Nodes that exist by name only: each is a daemon on this machine with a port of its own. */
export const NODES = ['node1', 'node2', 'node3'];
/** Where the machine has fewer, Slurm binds a node's third and fourth to its first and second. */
const CPUS_EACH = 4;
const CONTROLLER_PORT = 16817;
const DATABASE_DAEMON_PORT = 16819;
const NODE_PORT = 16821;

/**
 * @typedef {object} Machine
 * @property {string} hostname the short one
 * @property {number} memoryMib
 * @property {'v1' | 'v2' | 'none'} memoryControl
 * @property {boolean} swapControl
 * @property {boolean} processorControl
 * @property {boolean} systemd
 */

/**
 * The files of our cluster, by path below its folder, with their modes. Three nodes, so that a test
 * can drain one and avoid another; limits bind where the machine lets them.
 *
 * @param {Machine} machine
 * @returns {Record<string, { text: string, mode: number }>}
 */
export function settingsFiles(machine) {
  return {
    'etc/slurm.conf': { text: slurmConf(machine), mode: 0o644 },
    'etc/cgroup.conf': { text: cgroupConf(machine), mode: 0o644 },
    // A device that is everywhere stands for the GPU that tests ask for.
    'etc/gres.conf': { text: `NodeName=${NODES.at(-1)} Name=gpu File=/dev/null\n`, mode: 0o644 },
    'etc/slurmdbd.conf': { text: slurmdbdConf(machine), mode: 0o600 },
    'etc/prolog': { text: PROLOG, mode: 0o755 },
  };
}

function slurmConf({ hostname, memoryMib, memoryControl }) {
  const memory = Math.floor(memoryMib / NODES.length);
  const limits = memoryControl !== 'none';
  return `ClusterName=cyto-run
SlurmctldHost=${hostname}(127.0.0.1)
SlurmctldPort=${CONTROLLER_PORT}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${MUNGE_SOCKET}
CredType=cred/munge
StateSaveLocation=${FOLDER}/ctld
SlurmdSpoolDir=${FOLDER}/%n
SlurmctldPidFile=${FOLDER}/run/slurmctld.pid
SlurmdPidFile=${FOLDER}/run/slurmd.%n.pid
SlurmctldLogFile=${FOLDER}/log/slurmctld.log
SlurmdLogFile=${FOLDER}/log/slurmd.%n.log
ProctrackType=proctrack/${limits ? 'cgroup' : 'linuxproc'}
TaskPlugin=task/${limits ? 'cgroup' : 'none'}
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
DefMemPerCPU=1024
ReturnToService=2
MailProg=/bin/true
KillWait=5
MessageTimeout=60
Prolog=${FOLDER}/etc/prolog
GresTypes=gpu
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=${DATABASE_DAEMON_PORT}
AccountingStoragePass=${MUNGE_SOCKET}
${NODES.map((name, index) => nodeLine(name, index, { hostname, memory })).join('\n')}
PartitionName=main Nodes=${NODES.join(',')} Default=YES MaxTime=INFINITE State=UP
PartitionName=short Nodes=${NODES.slice(0, -1).join(',')} MaxTime=00:10:00 State=UP
`;
}

function nodeLine(name, index, { hostname, memory }) {
  const device = index === NODES.length - 1 ? ' Gres=gpu:1' : '';
  const place = `NodeHostname=${hostname} NodeAddr=127.0.0.1 Port=${NODE_PORT + index}`;
  return `NodeName=${name} ${place} CPUs=${CPUS_EACH} RealMemory=${memory}${device} State=UNKNOWN`;
}

function cgroupConf({ memoryControl, swapControl, processorControl, systemd }) {
  if (memoryControl === 'none') return '';
  const lines = [
    `CgroupPlugin=cgroup/${memoryControl}`,
    ...(memoryControl === 'v2' && !systemd ? ['IgnoreSystemd=yes'] : []),
    'ConstrainRAMSpace=yes',
    'AllowedSwapSpace=0',
    ...(swapControl ? ['ConstrainSwapSpace=yes'] : []),
    ...(processorControl ? ['ConstrainCores=yes'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const slurmdbdConf = ({ hostname }) => `AuthType=auth/munge
AuthInfo=socket=${MUNGE_SOCKET}
DbdHost=${hostname}
DbdAddr=127.0.0.1
DbdPort=${DATABASE_DAEMON_PORT}
SlurmUser=root
PidFile=${FOLDER}/run/slurmdbd.pid
LogFile=${FOLDER}/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
`;

const PROLOG = `#!/bin/sh
for script in ${PROLOGS}/*; do
  [ -x "$script" ] || continue
  "$script" || exit 1
done
`;

/** Folders of the cluster, below its own, with their modes. */
export const FOLDERS = {
  etc: 0o755,
  run: 0o755,
  log: 0o755,
  'prolog.d': 0o755,
  ctld: 0o755,
  munge: 0o700,
  db: 0o755,
  ...Object.fromEntries(NODES.map((name) => [name, 0o755])),
};
