import { fileURLToPath } from 'node:url';

import { appImages } from './app-images.js';
import { apptainer } from './apptainer.js';
import { baseImage } from './base-image.js';
import { compiledProgram } from './compiled-program.js';
import { debianProgram } from './debian-program.js';
import { dockerEngine } from './docker-engine.js';
import { imageRegistry } from './image-registry.js';
import { acquireLock } from './lock.js';
import { nodeModules } from './node-modules.js';
import { podman } from './podman.js';
import { setUp } from './set-up.js';
import { slurm } from './slurm.js';
import { sshServer } from './ssh-server.js';
import { story } from './story.js';

/** The folder of this clone. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What every command needs: the packages, and Node 24 with them. */
export const packages = () => [nodeModules(ROOT)];

/** The command line itself. */
export const program = () => [compiledProgram(ROOT, nodeModules(ROOT).name)];

/** What running apps needs, and the images of these apps. */
export const engines = (apps) => [dockerEngine, baseImage, ...appImages(ROOT, apps)];

/** Every other engine, and what reaches and feeds them: for the tests. Further engines get their line here. */
export const otherEngines = () => [
  ...[apptainer, podman, slurm, sshServer, imageRegistry],
  // The server's page is looked at in a browser; certificates are made to try TLS with.
  debianProgram('Chromium', 'chromium'),
  debianProgram('OpenSSL', 'openssl'),
];

/**
 * Brings this machine to have these parts, telling what is done on stderr.
 *
 * @param {readonly import('./set-up.js').Part[]} parts
 * @returns {Promise<import('./set-up.js').Settled[]>}
 */
export function setUpMachine(parts) {
  const say = story();
  const onWait = () => say('waiting for another set-up on this machine to finish');
  return setUp(parts, { say, lock: () => acquireLock('cyto-run-set-up', onWait) });
}
