import { ensureDaemon, endDaemon, isRunning, until } from './daemon.js';
import { lastLines, run } from './run.js';
import { DATABASE_SOCKET, FOLDER, MUNGE_SOCKET, NODES, SETTINGS } from './slurm-files.js';

const ANSWER_MS = 10_000;
/** A database that recovers after a power cut takes longest. */
const READY_MS = 60_000;

const environment = { SLURM_CONF: SETTINGS, MYSQL_UNIX_PORT: DATABASE_SOCKET };

/** Runs a command of Slurm on our cluster, whatever else is configured here. */
const ask = (command, ...args) =>
  run(command, args, { env: { ...process.env, ...environment }, timeoutMs: ANSWER_MS });

const daemon = (name, command, args, answers) => ({
  name,
  command,
  args,
  env: environment,
  pidFile: `${FOLDER}/run/${name}.pid`,
  logFile: `${FOLDER}/log/${name}.out`,
  answers,
  readyMs: READY_MS,
});

const MUNGED = daemon(
  'munged',
  'munged',
  [
    '--foreground',
    `--socket=${MUNGE_SOCKET}`,
    `--key-file=${FOLDER}/munge/key`,
    `--seed-file=${FOLDER}/munge/seed`,
    `--log-file=${FOLDER}/munge/log`,
    `--pid-file=${FOLDER}/munge/pid`,
  ],
  async () => (await ask('munge', '--no-input', `--socket=${MUNGE_SOCKET}`)).ok,
);

/** Without a port, and without a password: it lets in whoever is root on this machine. */
const MARIADB = daemon(
  'mariadbd',
  'mariadbd',
  [
    '--no-defaults',
    '--user=root',
    `--datadir=${FOLDER}/db`,
    `--socket=${DATABASE_SOCKET}`,
    `--pid-file=${FOLDER}/db/pid`,
    '--skip-networking',
    '--innodb-buffer-pool-size=64M',
    '--innodb-lock-wait-timeout=900',
  ],
  async () => {
    const asRoot = ['--no-defaults', `--socket=${DATABASE_SOCKET}`, '--user=root'];
    return (await ask('mariadb', ...asRoot, '--execute=select 1')).ok;
  },
);

const SLURMDBD = daemon(
  'slurmdbd',
  'slurmdbd',
  ['-D'],
  async () => isRunning(SLURMDBD) && (await ask('sacctmgr', '--noheader', 'list', 'cluster')).ok,
);

const SLURMCTLD = daemon('slurmctld', 'slurmctld', ['-D'], async () => {
  if (!isRunning(SLURMCTLD)) return false;
  const { output } = await ask('scontrol', 'ping');
  return /is UP\b/.test(output);
});

const SLURMDS = NODES.map((node) => {
  const slurmd = daemon(`slurmd.${node}`, 'slurmd', ['-D', '-N', node], async () => {
    if (!isRunning(slurmd)) return false;
    const state = (await nodeStates()).get(node);
    return state !== undefined && !/unk|\*/.test(state);
  });
  return slurmd;
});

const ALL = [MUNGED, MARIADB, SLURMDBD, SLURMCTLD, ...SLURMDS];

/** The state of each node as `sinfo` words it; none when the controller does not answer. */
async function nodeStates() {
  const { ok, output } = await ask('sinfo', '--noheader', '--Node', '--format=%N %T');
  const lines = ok ? output.split('\n') : [];
  return new Map(
    lines.map((line) => line.trim().split(/\s+/)).map(([node, state]) => [node, state]),
  );
}

/**
 * What keeps our cluster from being used, in words, or undefined when nothing does. Daemons that do
 * not run are not asked: Slurm's commands wait long for an answer.
 */
export async function complaint() {
  const dead = ALL.filter((one) => !isRunning(one)).map(({ name }) => name);
  if (dead.length > 0) return `not running: ${dead.join(', ')}`;
  if (!(await SLURMDBD.answers())) return 'its accounting does not answer';
  const unusable = unusableIn(await nodeStates());
  return unusable.length > 0 ? `out of service: ${unusable.join(', ')}` : undefined;
}

const unusableIn = (states) => NODES.filter((node) => isUnusable(states.get(node)));

/**
 * Whether a node in this state takes no jobs: drained, down, not answering, unknown.
 *
 * @param {string | undefined} state as `sinfo` words it
 */
export const isUnusable = (state) =>
  state === undefined || /drain|down|fail|inval|unk|\*/.test(state);

/** The version of our cluster's controller. */
export async function ownVersion() {
  const { output } = await ask('sinfo', '--version');
  return output.replace(/^slurm(-wlm)? /, '');
}

/**
 * Brings every daemon to answer, each after those it talks to, and every node into service.
 *
 * @param {(line: string) => void} say
 */
export async function startCluster(say) {
  await ensureDaemon(MUNGED, say);
  await ensureDaemon(MARIADB, say);
  await ensureDaemon(SLURMDBD, say);
  // A cluster is known to the accounting once; that it is already is no failure.
  await ask('sacctmgr', '--immediate', 'add', 'cluster', 'cyto-run');
  const controllerIsNew = !isRunning(SLURMCTLD);
  await startController(say);
  // What an interrupted test left in the queue would run now and be in the way of the next.
  if (controllerIsNew) await cancelEverything();
  await Promise.all(SLURMDS.map((slurmd) => ensureDaemon(slurmd, say)));
  const states = await nodeStates();
  for (const node of unusableIn(states)) {
    say(`put ${node} (${states.get(node)}) back into service`);
    await ask('scontrol', 'update', `nodename=${node}`, 'state=resume');
  }
  // A node counts again only when it has answered its controller.
  await until(async () => unusableIn(await nodeStates()).length === 0, READY_MS);
}

async function cancelEverything() {
  const { ok, output } = await ask('squeue', '--noheader', '--format=%A');
  const jobs = ok ? [...new Set(output.split(/\s+/).filter(Boolean))] : [];
  if (jobs.length > 0) await ask('scancel', ...jobs);
}

/**
 * Ends every daemon of ours, those that talk to others first.
 *
 * @param {(line: string) => void} say
 */
export async function stopCluster(say) {
  const running = ALL.filter(isRunning).map(({ name }) => name);
  if (running.length > 0) say(`end ${running.join(', ')}, for new settings`);
  await Promise.all(SLURMDS.map(endDaemon));
  for (const one of [SLURMCTLD, SLURMDBD, MARIADB, MUNGED]) await endDaemon(one);
}

/** Ends the controller and starts it again with all it knew. */
export async function restartController() {
  await endDaemon(SLURMCTLD);
  await startController(() => {});
}

async function startController(say) {
  const isNew = !isRunning(SLURMCTLD);
  await ensureDaemon(SLURMCTLD, say);
  // A new controller takes its time to ask the nodes how they are; being told to, it asks at once.
  if (isNew) await ask('scontrol', 'reconfigure');
}

/** The tables of a new database. */
export async function makeDatabase() {
  const args = ['--no-defaults', '--user=root', `--datadir=${FOLDER}/db`, '--skip-test-db'];
  const socketLogin = '--auth-root-authentication-method=socket';
  const { ok, output } = await run('mariadb-install-db', [...args, socketLogin], {
    timeoutMs: READY_MS,
  });
  if (!ok) throw new Error(`mariadb-install-db failed: ${lastLines(output)}`);
}
