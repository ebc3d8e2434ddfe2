#!/usr/bin/env node
// The launcher: finds the right Node, then the program. It must parse on any Node from 14 on. CommonJS, as
// the compiled program is: Node starts it in half the time it needs to set up its loader of modules.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const NODE_MAJOR_MIN = 24;
const EXIT_CONFIGURATION = 78;
const EXIT_OUR_BUG = 70;
const ROOT = join(__dirname, '..');
/** Says that descriptor 3 is a pipe from the launcher: it ends when the launcher does, however it does. */
const LIFE_LINE = 'CYTO_RUN_LIFE_LINE';

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) runHere();
else runOnNewerNode();

/** Runs the program in this process. */
async function runHere() {
  const { enableCompileCache } = require('node:module');
  const cache = cacheFolder();
  // Where the folder cannot be written, Node says so in its result and goes on without a cache.
  enableCompileCache(process.env.NODE_COMPILE_CACHE ?? cache);
  silenceSqliteWarning();
  followLauncher();
  try {
    const args = process.argv.slice(2);
    const { program, keep } = loadProgram(args, cache);
    process.exitCode = await program.main(args);
    // What a run that failed has used is not what others will use.
    if (process.exitCode === 0) process.once('exit', keep);
  } catch (error) {
    console.error(error);
    process.exitCode = EXIT_OUR_BUG;
  }
}

function loadProgram(args, cache) {
  const { programFile } = require('./program-file.js');
  const file = programFile(ROOT);
  if (!file.endsWith('.js')) return { program: require(file), keep: () => undefined };
  const { loadCompiled } = require('./compiled-program.js');
  const isOff = cache === undefined || process.env.NODE_DISABLE_COMPILE_CACHE !== undefined;
  const { exports, keep } = loadCompiled(file, isOff ? undefined : join(cache, cacheName(args)));
  return { program: exports, keep };
}

/** One file for each place of installation, version of Node and kind of command: each uses other functions. */
function cacheName(args) {
  const isHelp = args.length === 0 || args.some((word) => /^(-h|--help|--version)$/.test(word));
  const isCommand = /^[a-z_]+$/.test(args[0] ?? '') && !existsSync(args[0]);
  const command = isCommand ? args[0] : 'run';
  const kind = isHelp ? 'help' : args.includes('--dry-run') ? `${command}-dry` : command;
  return `${ROOT.replace(/[^\w.]+/g, '-').slice(-80)}-${process.version}-${kind}`;
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

/** Who kills the process that they started means the program: it dies as if it had been killed itself. */
function followLauncher() {
  if (process.env[LIFE_LINE] === undefined) return;
  delete process.env[LIFE_LINE];
  const { Socket } = require('node:net');
  const lifeLine = new Socket({ fd: 3 });
  lifeLine.on('close', () => process.kill(process.pid, 'SIGKILL'));
  lifeLine.on('error', () => undefined);
  lifeLine.resume().unref();
}

/** Starts again on the Node that a clone's own packages bring; elsewhere says how to get one. */
function runOnNewerNode() {
  const node = `${ROOT}/node_modules/node/bin/node`;
  if (!existsSync(node)) {
    console.error(
      `cyto-run needs Node ${NODE_MAJOR_MIN} or later; this is ${process.version}.\n` +
        `Install it from your system or with a version manager, or in a clone of cyto-run: npm ci`,
    );
    process.exitCode = EXIT_CONFIGURATION;
    return;
  }
  const args = [__filename, ...process.argv.slice(2)];
  const { spawn } = require('node:child_process');
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, [LIFE_LINE]: '1' },
  });
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
