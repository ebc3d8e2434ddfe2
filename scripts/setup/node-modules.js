import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { run } from './run.js';

/** Packages from a cold cache over a slow line. */
const INSTALL_MS = 10 * 60_000;

/** What package.json names, in the versions of package-lock.json, and Node 24 among it. */
export function nodeModules(root) {
  return {
    name: 'npm packages',
    needs: [],
    look: async () => {
      const wrong = firstDifference(root);
      if (wrong === undefined) return { state: 'present', detail: 'as package-lock.json says' };
      return { state: 'missing', detail: `npm ci (${wrong})` };
    },
    get: async () => {
      const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
      const env = { ...process.env, PATH: withoutOwnBin(root, process.env.PATH ?? '') };
      const { ok, output } = await run('npm', args, { cwd: root, env, timeoutMs: INSTALL_MS });
      if (!ok) throw new Error(`npm ci failed: ${reasonIn(output)}`);
    },
  };
}

/**
 * Compares what npm says it installed with what it should: by content, because times of files mean
 * nothing after a checkout.
 *
 * @returns {string | undefined} the first difference, in words
 */
export function firstDifference(root) {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return 'node_modules is not there yet';
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link === true) continue;
    const found = installed[path];
    // npm leaves out an optional package that is for another platform.
    if (found === undefined && entry.optional === true) continue;
    if (found?.version !== entry.version) return `${path} is not ${entry.version}`;
  }
  if (!existsSync(join(root, 'node_modules', '.bin', 'node'))) return 'Node 24 is not there';
  return undefined;
}

/** npm says the reason first, and then how to read its manual. */
const reasonIn = (output) =>
  output
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, ''))
    .filter((line) => line !== '' && !line.startsWith('npm warn'))
    .slice(0, 4)
    .join(' / ');

/** npm must not run on the very Node it is about to replace. */
const withoutOwnBin = (root, path) =>
  path
    .split(delimiter)
    .filter((folder) => folder !== join(root, 'node_modules', '.bin'))
    .join(delimiter);
