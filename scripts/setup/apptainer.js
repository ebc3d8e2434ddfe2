import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { aptFetch } from './apt-other-suite.js';
import { aptInstall, hasCommand, isRoot, whyNoApt } from './apt.js';
import { baseImage } from './base-image.js';
import { hasSystemd, mayRaiseLimits } from './facts.js';
import { lastLines, run } from './run.js';

const ANSWER_MS = 10_000;
const UNPACK_MS = 2 * 60_000;
/** Debian's stable release has no package of it. */
const SUITE = 'sid';
/** It wants a newer C library than the machine's, which stays as it is: these lie beside the program. */
const PACKAGES = ['apptainer', 'libc6', 'libseccomp2', 'libsqlite3-0', 'libsubid6'];
/** What it calls. */
const TOOLS = ['squashfs-tools', 'squashfuse', 'patchelf', 'uidmap'];
const PREFIX = '/opt/cyto-run/apptainer';
const COMMAND = '/usr/local/bin/apptainer';
const FUSE = '/dev/fuse';
/** Debian's architecture: where its libraries lie, and the program that loads them. */
const LOADERS = {
  amd64: { triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

export const APPTAINER = 'Apptainer';

/**
 * An `apptainer` command: the user's own, or Debian sid's under a folder of its own. Its turn comes
 * after Docker's, whose images take longest to make.
 *
 * @type {import('./set-up.js').Part}
 */
export const apptainer = {
  name: APPTAINER,
  needs: [],
  after: [baseImage.name],
  look: async () => decide(await probe()),
  get: async (say) => {
    if ((await version()) === undefined) await install(say);
    if (fuse() === 'closed') {
      say(`open ${FUSE} to everybody`);
      chmodSync(FUSE, 0o666);
    }
  },
};

/** @returns {Promise<ApptainerFacts>} */
async function probe() {
  return {
    version: await version(),
    isOurs: existsSync(COMMAND) && realpathSync(COMMAND).startsWith(`${PREFIX}/`),
    fuse: fuse(),
    isRoot: isRoot(),
    noApt: whyNoApt(),
  };
}

/**
 * @typedef {object} ApptainerFacts
 * @property {string | undefined} version what the command says, when there is one
 * @property {boolean} isOurs it lies where we put it
 * @property {'open' | 'closed' | 'absent'} fuse whether ordinary users may mount images
 * @property {boolean} isRoot
 * @property {string | undefined} noApt why packages cannot be installed
 */

/**
 * @param {ApptainerFacts} facts
 * @returns {import('./set-up.js').Look}
 */
export function decide({ version: present, isOurs, fuse: access, isRoot: root, noApt }) {
  if (present !== undefined && isOurs && access === 'closed' && root)
    return { state: 'missing', detail: `installed, but ${FUSE} is closed to ordinary users` };
  if (present !== undefined) return { state: 'present', detail: present };
  if (noApt !== undefined) return { state: 'unobtainable', detail: `not installed, and ${noApt}` };
  return { state: 'missing', detail: `fetch it from Debian ${SUITE} into ${PREFIX}` };
}

async function version() {
  const { ok, output } = await run('apptainer', ['--version'], { timeoutMs: ANSWER_MS });
  return ok ? output : undefined;
}

/** The device forgets with each boot who may open it. */
function fuse() {
  if (!existsSync(FUSE)) return 'absent';
  return (statSync(FUSE).mode & 0o006) === 0o006 ? 'open' : 'closed';
}

/** Fetches, unpacks and adapts it in a temporary folder, and moves that into place whole. */
async function install(say) {
  const missing = TOOLS.filter((name) => !hasCommand(TOOL_COMMANDS[name]));
  if (missing.length > 0) await aptInstall(missing, say);
  const folder = mkdtempSync(join(tmpdir(), 'cyto-run-apptainer-'));
  try {
    await aptFetch({ suite: SUITE, packages: PACKAGES, folder }, say);
    mkdirSync(dirname(PREFIX), { recursive: true });
    const root = mkdtempSync(`${PREFIX}-`);
    chmodSync(root, 0o755);
    const archives = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    for (const name of archives) await must('dpkg', ['-x', join(folder, name), root]);
    say('give it its own C library');
    await adapt(root);
    rmSync(PREFIX, { recursive: true, force: true });
    renameSync(root, PREFIX);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  rmSync(COMMAND, { force: true });
  symlinkSync(join(PREFIX, 'usr/bin/apptainer'), COMMAND);
}

const TOOL_COMMANDS = {
  'squashfs-tools': 'mksquashfs',
  squashfuse: 'squashfuse_ll',
  patchelf: 'patchelf',
  uidmap: 'newuidmap',
};

/** Makes the unpacked programs find their library, their settings and their state below PREFIX. */
async function adapt(root) {
  const { output: architecture } = await run('dpkg', ['--print-architecture']);
  const loading = LOADERS[architecture];
  if (loading === undefined) throw new Error(`no way to load it on ${architecture} is known`);
  const { triplet, loader } = loading;
  const libraries = join(PREFIX, 'usr/lib', triplet);
  const load = ['--set-interpreter', join(libraries, loader), '--force-rpath'];
  for (const program of ['usr/bin/apptainer', `usr/lib/${triplet}/apptainer/bin/starter`])
    await must('patchelf', [...load, '--set-rpath', libraries, join(root, program)]);
  // Moved away from /usr, the command looks for these beside its bin, the starter beside its lib.
  for (const base of ['usr', 'usr/lib'])
    for (const name of ['etc', 'var'])
      symlinkSync(join(base === 'usr' ? '..' : '../..', name), join(root, base, name));
  mkdirSync(join(root, 'var/lib/apptainer/mnt/session'), { recursive: true });
  const settings = join(root, 'etc/apptainer/apptainer.conf');
  writeFileSync(settings, adaptSettings(readFileSync(settings, 'utf8'), machineFacts()));
}

const machineFacts = () => ({ systemd: hasSystemd(), mayRaiseLimits: mayRaiseLimits() });

/**
 * Its settings for this machine: without systemd it must make control groups itself, and a root
 * that lacks a capability cannot hand on all of them.
 *
 * @param {string} text apptainer.conf
 * @param {{ systemd: boolean, mayRaiseLimits: boolean }} machine
 */
export function adaptSettings(text, machine) {
  let adapted = text;
  if (!machine.systemd) adapted = set(adapted, 'systemd cgroups', 'no');
  if (!machine.mayRaiseLimits) adapted = set(adapted, 'root default capabilities', 'no');
  return adapted;
}

const set = (text, key, value) =>
  text.replace(new RegExp(`^${key} = .*$`, 'm'), `${key} = ${value}`);

async function must(command, args) {
  const { ok, output } = await run(command, args, { timeoutMs: UNPACK_MS });
  if (!ok) throw new Error(`${command} failed: ${lastLines(output)}`);
}
