import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { lastLines } from './run.js';

const POLL_MS = 200;
/** A daemon that lives answers within this, or hangs. */
const PATIENCE_MS = 15_000;
/** Flushing a database takes a while; a hung process never ends by itself. */
const GOODBYE_MS = 10_000;

/**
 * @typedef {object} Daemon
 * @property {string} name for people
 * @property {string} command
 * @property {readonly string[]} args that keep it in the foreground
 * @property {Record<string, string>} [env] added to ours
 * @property {string} pidFile
 * @property {string} logFile
 * @property {() => Promise<boolean>} answers
 * @property {number} readyMs how long a first start may take
 * @property {number} [patienceMs] how long one that runs may be silent
 */

/**
 * Brings a daemon to answer: leaves one that does alone, ends one that hangs, starts one where none
 * is. It outlives this process. A pid file left from before a reboot, whose number may by now belong
 * to another program, is forgotten.
 *
 * @param {Daemon} daemon
 * @param {(line: string) => void} say
 * @throws {Error} with the last lines of its log
 */
export async function ensureDaemon(daemon, say) {
  if (await daemon.answers()) return;
  if (isRunning(daemon)) {
    if (await until(daemon.answers, daemon.patienceMs ?? PATIENCE_MS)) return;
    say(`${daemon.name} hangs: ending it`);
  }
  await endDaemon(daemon);
  say(`start ${daemon.name} (its log: ${daemon.logFile})`);
  const child = spawnDetached(daemon.command, daemon.args, daemon);
  if (child.pid !== undefined) writeFileSync(daemon.pidFile, `${child.pid}\n`);
  if (await until(daemon.answers, daemon.readyMs, () => child.exitCode === null)) return;
  const log = readFileSync(daemon.logFile, 'utf8').trim();
  throw new Error(`${daemon.name} does not start: ${lastLines(log)}`);
}

/** Ends a daemon of ours and waits until it is gone; nothing when it does not run. */
export async function endDaemon(daemon) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    if (!isRunning(daemon)) break;
    process.kill(pidIn(daemon.pidFile), signal);
    await until(async () => !isRunning(daemon), GOODBYE_MS);
  }
  rmSync(daemon.pidFile, { force: true });
}

/** Whether the process a pid file names is this program, and not another that got its number. */
export const isRunning = ({ pidFile, command }) => {
  const pid = pidIn(pidFile);
  if (pid === undefined) return false;
  const comm = `/proc/${pid}/comm`;
  return existsSync(comm) && readFileSync(comm, 'utf8').trim() === basename(command).slice(0, 15);
};

function pidIn(pidFile) {
  const text = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : '';
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

/**
 * Asks until the answer is yes; gives up after a while, or when there is nobody left to ask.
 *
 * @param {() => Promise<boolean>} ask
 * @param {number} forMs
 * @param {() => boolean} [isAlive]
 */
export async function until(ask, forMs, isAlive = () => true) {
  const giveUpAt = Date.now() + forMs;
  while (Date.now() < giveUpAt && isAlive()) {
    if (await ask()) return true;
    await sleep(POLL_MS);
  }
  return false;
}

/** In a session of its own and with none of our pipes, so that it outlives us and holds nothing open. */
export function spawnDetached(command, args, { logFile, env }) {
  const log = openSync(logFile, 'a', 0o600);
  const daemon = spawn(command, args, {
    detached: true,
    cwd: '/',
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  daemon.once('error', () => {});
  daemon.unref();
  return daemon;
}
