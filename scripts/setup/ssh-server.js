import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';

import { aptInstall, hasCommand, isRoot, keepFromBoot, whyNoApt } from './apt.js';
import { baseImage } from './base-image.js';
import { ensureDaemon } from './daemon.js';
import { lastLines, run } from './run.js';

const ANSWER_MS = 20_000;
const READY_MS = 30_000;
const FOLDER = '/var/lib/cyto-run-ssh';
export const SSH_PORT = 16829;
const SERVER = '/usr/sbin/sshd';

export const SSH = 'SSH to this machine';
/** `ssh -F SSH_CONFIG SSH_HOST` reaches this machine, and touches nothing of the user's. */
export const SSH_CONFIG = `${FOLDER}/config`;
export const SSH_HOST = 'cyto-run-test';

/**
 * An SSH server on loopback, with a key, a configuration and known hosts of its own, and rsync: the
 * tests' way to a "remote" cluster.
 *
 * @type {import('./set-up.js').Part}
 */
export const sshServer = {
  name: SSH,
  needs: [],
  after: [baseImage.name],
  look: async () => decide(await probe()),
  get: async (say) => {
    if (!isInstalled()) {
      const hadServer = existsSync(SERVER);
      await aptInstall(['openssh-server', 'openssh-client', 'rsync'], say);
      if (!hadServer) await keepFromBoot(['ssh.service', 'ssh.socket']);
    }
    await writeFiles();
    mkdirSync('/run/sshd', { recursive: true });
    await ensureDaemon(DAEMON, say);
  },
};

const isInstalled = () => existsSync(SERVER) && hasCommand('ssh') && hasCommand('rsync');

/** @returns {Promise<SshFacts>} */
async function probe() {
  return {
    answers: await answers(),
    isInstalled: isInstalled(),
    isRoot: isRoot(),
    noApt: whyNoApt(),
  };
}

/**
 * @typedef {object} SshFacts
 * @property {boolean} answers the host of our configuration lets us in
 * @property {boolean} isInstalled server, client and rsync are there
 * @property {boolean} isRoot
 * @property {string | undefined} noApt why packages cannot be installed
 */

/**
 * @param {SshFacts} facts
 * @returns {import('./set-up.js').Look}
 */
export function decide({ answers: answering, isInstalled: installed, isRoot: root, noApt }) {
  if (answering && (installed || noApt !== undefined))
    return { state: 'present', detail: `ssh -F ${SSH_CONFIG} ${SSH_HOST}` };
  if (installed && root) return { state: 'missing', detail: `start sshd on 127.0.0.1:${SSH_PORT}` };
  if (installed)
    return { state: 'unobtainable', detail: 'only root can start a server for the tests' };
  if (noApt !== undefined)
    return { state: 'unobtainable', detail: `no SSH server is installed, and ${noApt}` };
  return {
    state: 'missing',
    detail: `apt-get install openssh-server rsync, then start sshd on 127.0.0.1:${SSH_PORT}`,
  };
}

async function answers() {
  if (!existsSync(SSH_CONFIG)) return false;
  const args = ['-F', SSH_CONFIG, '-o', 'ConnectTimeout=5', SSH_HOST, 'true'];
  return (await run('ssh', args, { timeoutMs: ANSWER_MS })).ok;
}

/** @type {import('./daemon.js').Daemon} */
const DAEMON = {
  name: 'sshd',
  command: SERVER,
  args: ['-D', '-e', '-f', `${FOLDER}/sshd_config`],
  pidFile: `${FOLDER}/sshd.pid`,
  logFile: `${FOLDER}/sshd.log`,
  answers,
  readyMs: READY_MS,
};

/** Keys are made once; the files around them say what this version of ours wants. */
async function writeFiles() {
  mkdirSync(FOLDER, { recursive: true, mode: 0o755 });
  for (const name of ['key', 'host_key']) if (!existsSync(`${FOLDER}/${name}`)) await makeKey(name);
  const [type, hostKey] = readFileSync(`${FOLDER}/host_key.pub`, 'utf8').split(' ');
  const files = {
    authorized_keys: readFileSync(`${FOLDER}/key.pub`, 'utf8'),
    known_hosts: `[127.0.0.1]:${SSH_PORT} ${type} ${hostKey}\n`,
    sshd_config: SERVER_SETTINGS,
    config: CLIENT_SETTINGS,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(`${FOLDER}/${name}`, text);
}

async function makeKey(name) {
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', `cyto-run ${name}`, '-f'];
  const { ok, output } = await run('ssh-keygen', [...args, `${FOLDER}/${name}`]);
  if (!ok) throw new Error(`ssh-keygen failed: ${lastLines(output)}`);
}

/** Nobody but the holder of the key gets in, and only from this machine. */
const SERVER_SETTINGS = `ListenAddress 127.0.0.1
Port ${SSH_PORT}
HostKey ${FOLDER}/host_key
AuthorizedKeysFile ${FOLDER}/authorized_keys
PidFile ${FOLDER}/sshd.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp
`;

const CLIENT_SETTINGS = `Host ${SSH_HOST}
  HostName 127.0.0.1
  Port ${SSH_PORT}
  User ${userInfo().username}
  IdentityFile ${FOLDER}/key
  IdentitiesOnly yes
  UserKnownHostsFile ${FOLDER}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
`;
