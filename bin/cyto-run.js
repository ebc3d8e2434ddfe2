#!/usr/bin/env node
// The launcher: finds the right Node, then the program. It must parse on any Node from 14 on.
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MAJOR_MIN = 24;
const EXIT_CONFIGURATION = 78;
const EXIT_OUR_BUG = 70;
const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) await runHere();
else await runOnNewerNode();

/** Runs the program in this process. */
async function runHere() {
  const { enableCompileCache } = await import('node:module');
  // Where the folder cannot be written, Node says so in its result and goes on without a cache.
  enableCompileCache(process.env.NODE_COMPILE_CACHE ?? cacheFolder());
  silenceSqliteWarning();
  const { programFile } = await import('./program-file.js');
  try {
    const { main } = await import(pathToFileURL(programFile(ROOT)).href);
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(error);
    process.exitCode = EXIT_OUR_BUG;
  }
}

/** `undefined` leaves the choice to Node: its own folder among the temporary files. */
function cacheFolder() {
  const { HOME, XDG_CACHE_HOME } = process.env;
  const caches = XDG_CACHE_HOME || (HOME && `${HOME}/.cache`);
  return caches ? `${caches}/cyto-run/compiled` : undefined;
}

/** Early 24 releases warn that node:sqlite is experimental: true, and nothing a user can act on. */
function silenceSqliteWarning() {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (String(warning).startsWith('SQLite is an experimental feature')) return;
    emitWarning.call(process, warning, ...rest);
  };
}

/** Starts again on the Node that a clone's own packages bring; elsewhere says how to get one. */
async function runOnNewerNode() {
  const node = `${ROOT}/node_modules/node/bin/node`;
  if (!existsSync(node)) {
    console.error(
      `cyto-run needs Node ${NODE_MAJOR_MIN} or later; this is ${process.version}.\n` +
        `Install it from your system or with a version manager, or in a clone of cyto-run: npm ci`,
    );
    process.exitCode = EXIT_CONFIGURATION;
    return;
  }
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const { spawn } = await import('node:child_process');
  const child = spawn(node, args, { stdio: 'inherit' });
  // A terminal signals the whole group: passed on too, one Ctrl-C would count as two.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTERM']) {
    process.on(signal, () => {
      if (!onTerminal || signal === 'SIGTERM') child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
