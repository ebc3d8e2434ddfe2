import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

import { aptInstall, hasCommand, isRoot, keepFromBoot, whyNoApt } from './apt.js';
import { baseImage } from './base-image.js';
import { controlsProcessors, controlsSwap, hasSystemd, memoryControl } from './facts.js';
import { run } from './run.js';
import { complaint, makeDatabase, ownVersion, startCluster, stopCluster } from './slurm-daemons.js';
import { FOLDER, FOLDERS, SETTINGS, settingsFiles, SYSTEM_SETTINGS } from './slurm-files.js';

const ANSWER_MS = 20_000;
const MIB = 1024 * 1024;

/** What must be there, and the package that brings it. */
const PROGRAMS = {
  sbatch: 'slurm-client',
  slurmctld: 'slurmctld',
  slurmd: 'slurmd',
  slurmdbd: 'slurmdbd',
  munged: 'munge',
  mariadbd: 'mariadb-server-core',
  mariadb: 'mariadb-client-core',
};
const UNITS = ['slurmctld', 'slurmd', 'slurmdbd', 'munge'];

export const SLURM = 'Slurm';

/**
 * A cluster that answers Slurm's commands: the one this machine belongs to, or three nodes with
 * accounting that exist on this machine only.
 *
 * @type {import('./set-up.js').Part}
 */
export const slurm = {
  name: SLURM,
  needs: [],
  after: [baseImage.name],
  look: async () => decide(await probe()),
  get: async (say) => {
    const lacking = lackingPackages();
    if (lacking.length > 0) {
      await aptInstall(lacking, say);
      await keepFromBoot(UNITS.filter((unit) => lacking.includes(unit)));
    }
    if (differs()) await stopCluster(say);
    writeFiles();
    if (!existsSync(`${FOLDER}/db/mysql`)) await makeDatabase();
    await startCluster(say);
  },
};

const lackingPackages = () =>
  Object.entries(PROGRAMS)
    .filter(([program]) => !hasCommand(program))
    .map(([, name]) => name);

/** @returns {Promise<SlurmFacts>} */
async function probe() {
  const other = isOurs() ? undefined : configuration();
  const facts = { other, isRoot: isRoot(), noApt: whyNoApt(), lacking: lackingPackages() };
  if (isOurs() && facts.lacking.length === 0) {
    const wrong = differs() ? 'its settings are of another version' : await complaint();
    return { ...facts, answer: await ownVersion(), complaint: wrong };
  }
  const answer = other === undefined ? undefined : await foreignVersion();
  return { ...facts, answer, complaint: undefined };
}

/**
 * @typedef {object} SlurmFacts
 * @property {string | undefined} other where the cluster is configured that is not ours
 * @property {string | undefined} answer the version, when a cluster answers, or ours is installed
 * @property {string | undefined} complaint what is wrong with ours
 * @property {readonly string[]} lacking packages that are not installed
 * @property {boolean} isRoot
 * @property {string | undefined} noApt why packages cannot be installed
 */

/**
 * A cluster somebody else configured is used as it is, or not at all.
 *
 * @param {SlurmFacts} facts
 * @returns {import('./set-up.js').Look}
 */
export function decide(facts) {
  if (facts.other !== undefined) {
    if (facts.answer !== undefined)
      return { state: 'present', detail: `version ${facts.answer}, by ${facts.other}` };
    return cannot(`the cluster of ${facts.other} does not answer`);
  }
  if (facts.answer !== undefined && facts.complaint === undefined)
    return { state: 'present', detail: `version ${facts.answer}, three nodes of our own` };
  if (facts.lacking.length === 0 && facts.isRoot)
    return { state: 'missing', detail: `installed, but ${facts.complaint ?? 'not running'}` };
  if (facts.lacking.length === 0)
    return cannot(`${facts.complaint ?? 'not running'}, and only root can start it`);
  if (facts.noApt !== undefined) return cannot(`not installed, and ${facts.noApt}`);
  const packages = facts.lacking.join(' ');
  return { state: 'missing', detail: `apt-get install ${packages}, then start a cluster of three` };
}

/** @returns {import('./set-up.js').Look} */
const cannot = (detail) => ({ state: 'unobtainable', detail });

/** Where the cluster is configured that Slurm's commands talk to here, if anywhere. */
function configuration() {
  const path = process.env.SLURM_CONF ?? SYSTEM_SETTINGS;
  return existsSync(path) ? realpathSync(path) : undefined;
}

/** Whether Slurm's commands talk to the cluster made here: a test may do with it what it likes. */
export const isOurs = () => configuration() === SETTINGS;

async function foreignVersion() {
  const nodes = await run('sinfo', ['--noheader'], { timeoutMs: ANSWER_MS });
  if (!nodes.ok) return undefined;
  const { output } = await run('sinfo', ['--version'], { timeoutMs: ANSWER_MS });
  return output.replace(/^slurm(-wlm)? /, '');
}

function wantedFiles() {
  const version = memoryControl();
  return settingsFiles({
    hostname: hostname().split('.')[0],
    memoryMib: Math.floor(totalmem() / MIB),
    memoryControl: version,
    swapControl: controlsSwap(version),
    processorControl: controlsProcessors(version),
    systemd: hasSystemd(),
  });
}

/** Whether a file of the cluster is not as this version of ours, on this machine, writes it. */
function differs() {
  return Object.entries(wantedFiles()).some(([name, { text }]) => {
    const path = join(FOLDER, name);
    return !existsSync(path) || readFileSync(path, 'utf8') !== text;
  });
}

function writeFiles() {
  for (const [name, mode] of Object.entries({ '.': 0o755, ...FOLDERS })) {
    mkdirSync(join(FOLDER, name), { recursive: true });
    chmodSync(join(FOLDER, name), mode);
  }
  for (const [name, { text, mode }] of Object.entries(wantedFiles())) {
    writeFileSync(join(FOLDER, name), text, { mode });
    chmodSync(join(FOLDER, name), mode);
  }
  const key = join(FOLDER, 'munge/key');
  if (!existsSync(key)) writeFileSync(key, randomBytes(128), { mode: 0o600 });
  linkSettings();
}

/** Slurm's commands find the cluster without being told; a link that leads nowhere is replaced. */
function linkSettings() {
  if (existsSync(SYSTEM_SETTINGS)) return;
  mkdirSync(dirname(SYSTEM_SETTINGS), { recursive: true });
  if (lstatSync(SYSTEM_SETTINGS, { throwIfNoEntry: false })) rmSync(SYSTEM_SETTINGS);
  symlinkSync(SETTINGS, SYSTEM_SETTINGS);
}
