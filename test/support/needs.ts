import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';

import { LOOKS } from '../../src/cli/engine-looks.ts';

/** A part of the machine that some tests need. */
export type Part = 'docker' | 'podman';

type Presence = { readonly present: true } | { readonly present: false; readonly why: string };

/** How to find out whether a part is there; asked once, when first needed. */
const LOOK: Record<Part, () => Presence> = { docker: lookForDocker, podman: lookForPodman };

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
 * the title says why; in continuous integration a missing part is a failure.
 */
export function describeWith(part: Part, title: string, tests: () => void): void {
  const presence = presenceOf(part);
  if (presence.present) {
    describe(title, tests);
    return;
  }
  if (process.env['CI'] === 'true')
    throw new Error(`"${title}" needs ${part}, which is missing: ${presence.why}`);
  describe.skip(`${title} (skipped: ${presence.why})`, tests);
}

function lookForDocker(): Presence {
  const { status, error, stderr } = spawnSync(
    'docker',
    ['version', '--format', '{{.Server.Version}}'],
    { encoding: 'utf8', timeout: 10_000 },
  );
  if (status === 0) return { present: true };
  const why = error === undefined ? stderr.trim().split('\n').at(-1) : error.message;
  return { present: false, why: `no Docker engine answers (${why ?? 'it says nothing'})` };
}

/** Its service answers at root's socket, the user's own, or where CONTAINER_HOST says. */
function lookForPodman(): Presence {
  const look = LOOKS.podman(process.env);
  if (!look.there) return { present: false, why: `no Podman service answers (${look.why})` };
  const socket = look.where.replace(/^unix:\/\//, '');
  const { status, stderr } = spawnSync(
    'curl',
    ['--silent', '--show-error', '--max-time', '5', '--unix-socket', socket, 'http://d/_ping'],
    { encoding: 'utf8' },
  );
  return status === 0
    ? { present: true }
    : { present: false, why: `no Podman service answers at ${socket} (${stderr.trim()})` };
}
