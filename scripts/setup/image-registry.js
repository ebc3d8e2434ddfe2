import { mkdirSync, writeFileSync } from 'node:fs';

import { aptInstall, hasCommand, isRoot, keepFromBoot, whyNoApt } from './apt.js';
import { baseImage } from './base-image.js';
import { ensureDaemon } from './daemon.js';

const ANSWER_MS = 5_000;
const READY_MS = 30_000;
const FOLDER = '/var/lib/cyto-run-registry';
const PORT = 16850;

export const REGISTRY_PART = 'image registry';
/** The registry's address, as it begins an image's name. It speaks plain HTTP. */
export const REGISTRY = `127.0.0.1:${PORT}`;

/**
 * A real image registry on loopback, and skopeo, which fills it.
 *
 * @type {import('./set-up.js').Part}
 */
export const imageRegistry = {
  name: REGISTRY_PART,
  needs: [],
  after: [baseImage.name],
  look: async () => decide(await probe()),
  get: async (say) => {
    const hadRegistry = hasCommand('docker-registry');
    const lacking = PACKAGES.filter((name) => !hasCommand(name));
    if (lacking.length > 0) await aptInstall(lacking, say);
    if (!hadRegistry) await keepFromBoot(['docker-registry.service']);
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(SETTINGS_FILE, SETTINGS);
    await ensureDaemon(DAEMON, say);
  },
};

/** Packages that are named as their programs. */
const PACKAGES = ['docker-registry', 'skopeo'];
const SETTINGS_FILE = `${FOLDER}/config.yml`;

/** @returns {Promise<RegistryFacts>} */
async function probe() {
  return {
    answers: await answers(),
    lacking: PACKAGES.filter((name) => !hasCommand(name)),
    isRoot: isRoot(),
    noApt: whyNoApt(),
  };
}

/**
 * @typedef {object} RegistryFacts
 * @property {boolean} answers on the address
 * @property {readonly string[]} lacking packages that are not installed
 * @property {boolean} isRoot
 * @property {string | undefined} noApt why packages cannot be installed
 */

/**
 * @param {RegistryFacts} facts
 * @returns {import('./set-up.js').Look}
 */
export function decide({ answers: answering, lacking, isRoot: root, noApt }) {
  if (lacking.length > 0) {
    const names = lacking.join(' and ');
    if (noApt !== undefined)
      return { state: 'unobtainable', detail: `${names} not installed, and ${noApt}` };
    return { state: 'missing', detail: `apt-get install ${lacking.join(' ')}, then start it` };
  }
  if (answering) return { state: 'present', detail: `on ${REGISTRY}` };
  if (!root) return { state: 'unobtainable', detail: 'only root can start it' };
  return { state: 'missing', detail: `installed, but not running: start it on ${REGISTRY}` };
}

async function answers() {
  try {
    const answer = await fetch(`http://${REGISTRY}/v2/`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** @type {import('./daemon.js').Daemon} */
const DAEMON = {
  name: 'docker-registry',
  command: 'docker-registry',
  args: ['serve', SETTINGS_FILE],
  pidFile: `${FOLDER}/registry.pid`,
  logFile: `${FOLDER}/registry.log`,
  answers,
  readyMs: READY_MS,
};

const SETTINGS = `version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: ${FOLDER}/data}
  delete: {enabled: true}
http:
  addr: ${REGISTRY}
`;
