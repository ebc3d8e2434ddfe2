import { existsSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';

import { aptInstall, hasCommand, isRoot, whyNoApt } from './apt.js';
import { baseImage } from './base-image.js';
import { ensureDaemon, until } from './daemon.js';
import { hasHybridControlGroups, hasSystemd, mayRaiseLimits } from './facts.js';
import { run } from './run.js';

const ANSWER_MS = 10_000;
const READY_MS = 60_000;
const FOLDER = '/var/lib/cyto-run-podman';
const SETTINGS = `${FOLDER}/containers.conf`;
const STORAGE_SETTINGS = `${FOLDER}/storage.conf`;
/** What the kernel calls a file system of layers: another one cannot be laid upon it. */
const OVERLAYFS = 0x794c7630;
const RUN_FOLDER = '/run/podman';
/** catatonit is the init it puts into a container that asks for one. */
const PACKAGES = ['podman', 'catatonit'];

export const PODMAN = 'Podman';
/** Where the service answers in Docker's language. */
export const PODMAN_SOCKET = `${RUN_FOLDER}/podman.sock`;

/**
 * Podman's service on its socket: one that answers, or one we install and start.
 *
 * @type {import('./set-up.js').Part}
 */
export const podman = {
  name: PODMAN,
  needs: [],
  after: [baseImage.name],
  look: async () => decide(await probe()),
  get: async (say) => {
    if (!hasCommand('podman') || !hasCommand('catatonit')) await aptInstall(PACKAGES, say);
    await start(say);
  },
};

/** @returns {Promise<PodmanFacts>} */
async function probe() {
  return {
    version: await serviceVersion(),
    hasProgram: hasCommand('podman') && hasCommand('catatonit'),
    isRoot: isRoot(),
    noApt: whyNoApt(),
  };
}

/**
 * @typedef {object} PodmanFacts
 * @property {string | undefined} version of a service that answers
 * @property {boolean} hasProgram
 * @property {boolean} isRoot
 * @property {string | undefined} noApt why packages cannot be installed
 */

/**
 * @param {PodmanFacts} facts
 * @returns {import('./set-up.js').Look}
 */
export function decide({ version, hasProgram, isRoot: root, noApt }) {
  if (version !== undefined)
    return { state: 'present', detail: `version ${version} on ${PODMAN_SOCKET}` };
  if (hasProgram && root)
    return { state: 'missing', detail: 'installed, but its service does not answer: start it' };
  if (hasProgram)
    return {
      state: 'unobtainable',
      detail: `no service answers on ${PODMAN_SOCKET}, and only root can start one`,
    };
  if (noApt !== undefined) return { state: 'unobtainable', detail: `not installed, and ${noApt}` };
  return {
    state: 'missing',
    detail: `apt-get install ${PACKAGES.join(' ')}, then start its service`,
  };
}

async function start(say) {
  if (hasSystemd()) {
    say('systemctl start podman.socket');
    const socket = await run('systemctl', ['start', 'podman.socket'], { timeoutMs: READY_MS });
    if (socket.ok && (await until(answers, READY_MS))) return;
  }
  for (const folder of [FOLDER, RUN_FOLDER]) mkdirSync(folder, { recursive: true });
  writeFileSync(SETTINGS, settingsFor(machineFacts()));
  writeFileSync(STORAGE_SETTINGS, storageFor(statfsSync(FOLDER).type === OVERLAYFS));
  await ensureDaemon(SERVICE, say);
}

const machineFacts = () => ({
  systemd: hasSystemd(),
  mayRaiseLimits: mayRaiseLimits(),
  // crun refuses to work where both versions of control groups are mounted.
  needsRunc: hasHybridControlGroups() && hasCommand('runc'),
});

/**
 * containers.conf for a machine that is not what Podman takes for granted.
 *
 * @param {{ systemd: boolean, mayRaiseLimits: boolean, needsRunc: boolean }} machine
 */
export function settingsFor(machine) {
  const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]';
  return [
    '[containers]',
    ...(machine.mayRaiseLimits ? [] : [limits]),
    '[engine]',
    ...(machine.needsRunc ? ['runtime = "runc"'] : []),
    ...(machine.systemd ? [] : ['cgroup_manager = "cgroupfs"', 'events_logger = "file"']),
    '',
  ].join('\n');
}

/**
 * storage.conf: images in a folder of our own, in layers unless the machine is itself a container.
 *
 * @param {boolean} onLayers
 */
export const storageFor = (onLayers) => `[storage]
driver = "${onLayers ? 'vfs' : 'overlay'}"
graphroot = "${FOLDER}/storage"
runroot = "${RUN_FOLDER}/cyto-run"
`;

const answers = async () => (await serviceVersion()) !== undefined;

/** @type {import('./daemon.js').Daemon} */
const SERVICE = {
  name: 'podman system service',
  command: 'podman',
  args: ['system', 'service', '--time=0', `unix://${PODMAN_SOCKET}`],
  env: { CONTAINERS_CONF: SETTINGS, CONTAINERS_STORAGE_CONF: STORAGE_SETTINGS },
  pidFile: `${FOLDER}/service.pid`,
  logFile: `${FOLDER}/service.log`,
  answers,
  readyMs: READY_MS,
};

/** The version of the service on the socket, or undefined when none answers. */
function serviceVersion() {
  if (!existsSync(PODMAN_SOCKET)) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const asked = request(
      { socketPath: PODMAN_SOCKET, path: '/version', timeout: ANSWER_MS },
      async (response) => {
        try {
          const parts = await response.setEncoding('utf8').toArray();
          resolve(JSON.parse(parts.join('')).Version);
        } catch {
          resolve(undefined);
        }
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}
