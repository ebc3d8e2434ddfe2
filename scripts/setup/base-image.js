import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { aptInstall, hasCommand, whyNoApt } from './apt.js';
import { ENGINE } from './docker-engine.js';
import { lastLines, run } from './run.js';

/** A registry that can be reached names the image within this; without one we would wait for nothing. */
const FIRST_ANSWER_MS = 5_000;
/** 30 MB over a slow line. */
const PULL_MS = 3 * 60_000;
/** Made in 20 s where packages come fast. */
const BOOTSTRAP_MS = 10 * 60_000;

export const BASE_IMAGE = 'debian:bookworm-slim';

/** The image every app of ours is built from: pulled, or made from Debian's packages. */
export const baseImage = {
  name: 'base image',
  needs: [ENGINE],
  look: async () =>
    (await run('docker', ['image', 'inspect', BASE_IMAGE])).ok
      ? { state: 'present', detail: BASE_IMAGE }
      : { state: 'missing', detail: `pull ${BASE_IMAGE}, or make it from Debian's packages` },
  get: async (say) => {
    say(`docker pull ${BASE_IMAGE}`);
    if (await pull()) return;
    say('no registry answers: making it with mmdebstrap');
    await bootstrap(say);
  },
};

/** Pulls the image; gives up at once when no registry answers. */
async function pull() {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), FIRST_ANSWER_MS);
  const { ok } = await run('docker', ['pull', BASE_IMAGE], {
    timeoutMs: PULL_MS,
    stopWhen: silence.signal,
    onLine: () => clearTimeout(timer),
  });
  clearTimeout(timer);
  return ok;
}

/** Makes a minimal Debian with the machine's own apt sources and gives it the image's name. */
async function bootstrap(say) {
  if (!hasCommand('mmdebstrap')) {
    const noApt = whyNoApt();
    if (noApt !== undefined) throw new Error(`mmdebstrap is not installed, and ${noApt}`);
    await aptInstall(['mmdebstrap'], say);
  }
  const folder = mkdtempSync(join(tmpdir(), 'cyto-run-base-'));
  try {
    const archive = join(folder, 'base.tar');
    say('mmdebstrap bookworm (about 20 s)');
    await must(
      'mmdebstrap',
      ['--variant=minbase', NO_LANGUAGES, ...SLIM, 'bookworm', archive],
      BOOTSTRAP_MS,
    );
    say(`docker import as ${BASE_IMAGE}`);
    await must('docker', ['import', '--change', 'CMD ["bash"]', archive, BASE_IMAGE], PULL_MS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What "slim" leaves out, and goes on leaving out when packages are added later; never a licence.
 * And no waiting for the disk after each file: a half-made image is thrown away anyhow.
 */
const SLIM = [
  'force-unsafe-io',
  ...['doc', 'man', 'locale', 'info'].map((kind) => `path-exclude=/usr/share/${kind}/*`),
  'path-include=/usr/share/doc/*/copyright',
].map((option) => `--dpkgopt=${option}`);

/** Translated package descriptions are half of what apt would fetch. */
const NO_LANGUAGES = '--aptopt=Acquire::Languages "none"';

async function must(command, args, timeoutMs) {
  const { ok, output } = await run(command, args, { timeoutMs });
  if (!ok) throw new Error(`${command} failed: ${lastLines(output)}`);
}
