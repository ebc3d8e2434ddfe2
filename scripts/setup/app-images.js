import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { baseImage } from './base-image.js';
import { ENGINE } from './docker-engine.js';
import { lastLines, run } from './run.js';

/** An image-analysis app with Debian's Python packages builds in one minute. */
const BUILD_MS = 15 * 60_000;
/** Says what an image was built from, so that a changed source is noticed. */
const LABEL = 'io.cyto-run.sources';

/** The apps of `apps/` that have a Dockerfile, by name. */
export const appNames = (root) =>
  readdirSync(join(root, 'apps'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => existsSync(join(root, 'apps', name, 'Dockerfile')))
    .sort();

/**
 * The images of these apps, each built from its folder under the name `cyto-run/<app>:1`, and without
 * the tag too: a Cytomine descriptor names none, since the platform appends the release. One after
 * the other: they begin with the same layers, which the second finds made.
 *
 * @param {string} root
 * @param {readonly string[]} names
 * @returns {import('./set-up.js').Part[]}
 */
export const appImages = (root, names) =>
  names.map((name, index) => ({
    name: titleOf(name),
    needs: [ENGINE, baseImage.name],
    after: names.slice(0, index).map(titleOf),
    look: () => look(join(root, 'apps', name), imageOf(name)),
    get: (say) => build(join(root, 'apps', name), imageOf(name), say),
  }));

const titleOf = (name) => `app ${name}`;

export const imageOf = (name) => `cyto-run/${name}:1`;
const untagged = (image) => image.replace(/:[^:/]*$/, '');

async function look(folder, image) {
  const format = `{{index .Config.Labels "${LABEL}"}}`;
  const { ok, output } = await run('docker', ['image', 'inspect', '--format', format, image]);
  if (ok && output === sourceHash(folder)) return { state: 'present', detail: image };
  return { state: 'missing', detail: `docker build ${image}${ok ? ' (its sources changed)' : ''}` };
}

async function build(folder, image, say) {
  const label = `${LABEL}=${sourceHash(folder)}`;
  const onLine = (line) => {
    if (line.startsWith('Step ')) say(line.length > 72 ? `${line.slice(0, 71)}…` : line);
  };
  const tags = [image, untagged(image)].flatMap((name) => ['--tag', name]);
  const args = ['build', '--label', label, ...tags, folder];
  const { ok, output } = await run('docker', args, { onLine, timeoutMs: BUILD_MS });
  if (!ok) throw new Error(`docker build ${image} failed: ${lastLines(output, 6)}`);
}

/** One sha256 over the names and contents of everything in a folder. */
export function sourceHash(folder) {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${file.slice(folder.length)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
