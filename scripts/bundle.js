import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Libraries that every start needs, put into the bundle: a hundred small files less to find. All others
 * are loaded from `node_modules` when they are needed.
 */
const BUNDLED = ['yargs', 'yaml', 'fastest-levenshtein', 'fast-string-truncated-width'];

/**
 * Compiles the command line into `dist/cli`, one file for each part that is loaded by itself. Files of
 * an earlier build stay: a program that is running may still load its parts. The last one written is
 * the entry, with the time at which the build began, so that an edit made meanwhile counts as newer.
 *
 * @param {string} root
 */
export async function bundleProgram(root) {
  const beganAt = new Date();
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const external = Object.keys(dependencies).filter((name) => !BUNDLED.includes(name));
  const bundle = await rolldown({
    cwd: root,
    input: { main: join(root, 'src', 'cli', 'main.ts') },
    platform: 'node',
    external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
  });
  const { output } = await bundle.generate({
    entryFileNames: '[name].js',
    // Beside the entry, so that a path relative to `src/cli` is right in `dist/cli` too.
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  const folder = join(root, 'dist', 'cli');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'dist', 'third-party-licenses.txt'), licencesOf(output));
  for (const { fileName, code } of output.toSorted((a, b) => Number(a.isEntry) - Number(b.isEntry)))
    replaceFile(join(folder, fileName), code, beganAt);
}

/** Never half-written: another process may be starting from it. */
function replaceFile(path, text, time) {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text);
  utimesSync(temporary, time, time);
  renameSync(temporary, path);
}

/** The licences of the libraries in the bundle, which their texts ask to go with it. */
function licencesOf(output) {
  const packages = new Set(
    output
      .flatMap((chunk) => chunk.moduleIds)
      .map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0])
      .filter((folder) => folder !== undefined),
  );
  return [...packages].sort().map(licenceOf).join('\n\n');
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = ['LICENSE', 'license', 'LICENSE.md', 'LICENSE.txt', 'License']
    .map((candidate) => join(folder, candidate))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error(`${name} is bundled and has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(file, 'utf8').trim()}`;
}
