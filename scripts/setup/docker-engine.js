import { readFileSync, rmSync } from 'node:fs';

import { aptInstall, hasCommand, isRoot, whyNoApt } from './apt.js';
import { isRunning, spawnDetached, until } from './daemon.js';
import { hasSystemd } from './facts.js';
import { lastLines, run } from './run.js';

/** An engine on a loaded machine answers within a second; one that hangs must not hang us. */
const ANSWER_MS = 10_000;
/** dockerd is ready in two seconds; a first start on a slow disk takes longer. */
const READY_MS = 60_000;
const LOG_FILE = '/var/log/dockerd.log';

export const ENGINE = 'Docker engine';

/** An engine that answers the `docker` command: the user's own, or one we install and start. */
export const dockerEngine = {
  name: ENGINE,
  needs: [],
  look: async () => decide(await probe()),
  get: async (say) => {
    const { hasDaemon } = await probe();
    if (!hasDaemon) await aptInstall(['docker.io', 'iptables'], say);
    if (!(await ask()).ok) await start(say);
  },
};

/**
 * Looks at everything the decision depends on.
 *
 * @returns {Promise<EngineFacts>}
 */
async function probe() {
  const hasClient = hasCommand('docker');
  const { ok, output } = hasClient ? await ask() : { ok: false, output: '' };
  return {
    hasClient,
    answer: ok ? output : undefined,
    refusal: output,
    engineElsewhere: process.env.DOCKER_HOST ?? process.env.DOCKER_CONTEXT,
    hasDaemon: hasClient && hasCommand('dockerd'),
    isRoot: isRoot(),
    noApt: whyNoApt(),
  };
}

/**
 * @typedef {object} EngineFacts
 * @property {boolean} hasClient the `docker` command is there
 * @property {string | undefined} answer the version of an engine that answers
 * @property {string} refusal what the client said when none did
 * @property {string | undefined} engineElsewhere DOCKER_HOST or DOCKER_CONTEXT
 * @property {boolean} hasDaemon `dockerd` is there
 * @property {boolean} isRoot
 * @property {string | undefined} noApt why packages cannot be installed
 */

/**
 * Whether there is an engine, how to get one, or why there can be none. Whoever chose an engine by
 * DOCKER_HOST or DOCKER_CONTEXT wants that one: no other is installed beside it.
 *
 * @param {EngineFacts} facts
 * @returns {import('./set-up.js').Look}
 */
export function decide(facts) {
  if (facts.answer !== undefined) return { state: 'present', detail: `version ${facts.answer}` };
  if (facts.engineElsewhere)
    return cannot(`the engine you chose (${facts.engineElsewhere}) does not answer: start it`);
  if (facts.hasClient && /permission denied/i.test(facts.refusal))
    return cannot('no permission on its socket: join the group docker, or run as root');
  if (facts.hasDaemon && facts.isRoot)
    return { state: 'missing', detail: 'installed but not running: start dockerd' };
  if (facts.hasDaemon) return cannot('installed but not running, and only root can start it');
  if (facts.noApt !== undefined) return cannot(`none answers, and ${facts.noApt}`);
  return { state: 'missing', detail: 'apt-get install docker.io iptables, then start dockerd' };
}

/** @returns {import('./set-up.js').Look} */
const cannot = (detail) => ({ state: 'unobtainable', detail });

const ask = () =>
  run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: ANSWER_MS });

/** Starts the daemon and waits until it answers. */
async function start(say) {
  if (hasSystemd()) {
    say('systemctl start docker');
    const service = await run('systemctl', ['start', 'docker'], { timeoutMs: READY_MS });
    if (service.ok && (await until(answers, READY_MS))) return;
  }
  say(`start dockerd (its log: ${LOG_FILE})`);
  forgetDeadDaemons();
  const daemon = spawnDetached('dockerd', [], { logFile: LOG_FILE });
  if (await until(answers, READY_MS, () => daemon.exitCode === null)) return;
  throw new Error(`dockerd does not start: ${lastLines(readFileSync(LOG_FILE, 'utf8').trim())}`);
}

const answers = async () => (await ask()).ok;

/**
 * After a power cut the pid files are still there, and the numbers in them may by now belong to
 * other programs: dockerd would refuse to start, or end one of those.
 */
function forgetDeadDaemons() {
  forgetUnless('/var/run/docker.pid', 'dockerd');
  forgetUnless('/var/run/docker/containerd/containerd.pid', 'containerd');
}

function forgetUnless(pidFile, command) {
  if (!isRunning({ pidFile, command })) rmSync(pidFile, { force: true });
}
