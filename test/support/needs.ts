import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';

import { REGISTRY } from '../../scripts/setup/image-registry.js';
import { PODMAN_SOCKET } from '../../scripts/setup/podman.js';
import { isOurs } from '../../scripts/setup/slurm.js';
import { SSH_CONFIG, SSH_HOST } from '../../scripts/setup/ssh-server.js';
import { takeTurn } from './cluster-turns.ts';

/** A part of the machine that some tests need. */
export type Part =
  | 'docker'
  | 'own-docker'
  | 'apptainer'
  | 'podman'
  | 'slurm'
  | 'own-slurm'
  | 'ssh'
  | 'registry'
  | 'chromium'
  | 'openssl';

type Presence = { readonly present: true } | { readonly present: false; readonly why: string };

/** How to find out whether a part is there; asked once, when first needed. */
const LOOK: Record<Part, () => Presence> = {
  docker: () =>
    ask('no Docker engine answers', 'docker', 'version', '--format', '{{.Server.Version}}'),
  // Only root may start an engine beside the machine's.
  'own-docker': () =>
    process.getuid?.() === 0
      ? ask('no Docker engine to start', 'dockerd', '--version')
      : { present: false, why: 'only root can start a Docker engine' },
  apptainer: () => ask('no Apptainer', 'apptainer', '--version'),
  podman: () =>
    ask('no Podman service answers', 'podman', '--url', `unix://${PODMAN_SOCKET}`, 'version'),
  slurm: () => ask('no Slurm cluster answers', 'sinfo', '--noheader'),
  // Draining nodes and restarting daemons is for the cluster that the set-up made, never for a user's.
  'own-slurm': () =>
    isOurs() ? LOOK.slurm() : { present: false, why: "Slurm's cluster is not the tests' own" },
  ssh: () => ask('no SSH server for the tests', 'ssh', '-F', SSH_CONFIG, SSH_HOST, 'true'),
  chromium: () => ask('no Chromium', 'chromium', '--version'),
  openssl: () => ask('no openssl', 'openssl', 'version'),
  registry: () =>
    ask('no image registry', process.execPath, '-e', `fetch('http://${REGISTRY}/v2/')`),
};
/** The slowest answers over SSH, where the shell reads its owner's settings first; or from a cluster whose controller another test restarts. */
const ANSWER_MS = 60_000;

const seen = new Map<Part, Presence>();

/** Whether the machine has a part, and if not, why. */
function presenceOf(part: Part): Presence {
  const known = seen.get(part) ?? LOOK[part]();
  seen.set(part, known);
  return known;
}

/** Whether the machine has a part. */
export const isPresent = (part: Part): boolean => presenceOf(part).present;

/**
 * A `describe` for tests that need a part of the machine. Where it is missing they are skipped and
 * the title says why; in continuous integration a missing part is a failure. Who needs
 * the cluster of the tests has a turn on it beside others.
 */
export function describeWith(part: Part, title: string, tests: () => void): void {
  const presence = presenceOf(part);
  if (presence.present) {
    describe(title, () => {
      if (part === 'slurm') takeTurn('beside');
      tests();
    });
    return;
  }
  if (process.env['CI'] === 'true')
    throw new Error(`"${title}" needs ${part}, which is missing: ${presence.why}`);
  describe.skip(`${title} (skipped: ${presence.why})`, tests);
}

/** Presence of what answers a command with success; else its last word says why not. */
function ask(absence: string, command: string, ...args: string[]): Presence {
  const { status, error, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: ANSWER_MS,
  });
  if (status === 0) return { present: true };
  const why = error === undefined ? stderr.trim().split('\n').at(-1) : error.message;
  return { present: false, why: `${absence} (${why ?? 'it says nothing'})` };
}
