import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { endDaemon, ensureDaemon, isRunning, type Daemon } from '../../scripts/setup/daemon.js';
import { run } from '../../scripts/setup/run.js';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A daemon that is `sleep`, and answers as soon as it runs. */
async function sleeper(changes: Partial<Daemon> = {}): Promise<Daemon> {
  const folder = await temporaryFolder();
  const daemon: Daemon = {
    name: 'sleeper',
    command: 'sleep',
    args: ['600'],
    pidFile: join(folder.path, 'pid'),
    logFile: join(folder.path, 'log'),
    answers: async () => isRunning(daemon),
    readyMs: 10_000,
    ...changes,
  };
  onTestFinished(async () => {
    await endDaemon(daemon);
    await folder[Symbol.asyncDispose]();
  });
  return daemon;
}

const pidOf = (daemon: Daemon) => readFileSync(daemon.pidFile, 'utf8').trim();

test('a daemon is started once, and left alone while it answers', async () => {
  const daemon = await sleeper();
  const said: string[] = [];
  await ensureDaemon(daemon, (line) => said.push(line));
  const pid = pidOf(daemon);
  await ensureDaemon(daemon, (line) => said.push(line));
  expect(pidOf(daemon)).toBe(pid);
  expect(said).toEqual([`start sleeper (its log: ${daemon.logFile})`]);
});

test('a daemon is in a session of its own: what ends the set-up does not end it', async () => {
  const daemon = await sleeper();
  await ensureDaemon(daemon, () => {});
  const session = await run('ps', ['-o', 'sid=', '-p', pidOf(daemon)]);
  expect(session.output.trim()).toBe(pidOf(daemon));
});

test('a pid file whose number belongs to another program by now is forgotten, and nobody is ended', async () => {
  const daemon = await sleeper();
  writeFileSync(daemon.pidFile, `${process.pid}\n`);
  await ensureDaemon(daemon, () => {});
  expect(pidOf(daemon)).not.toBe(String(process.pid));
});

test.each(['', 'no number\n', '0\n', '-1\n'])(
  'a pid file that says %j names nobody',
  async (text) => {
    const daemon = await sleeper();
    writeFileSync(daemon.pidFile, text);
    expect(isRunning(daemon)).toBe(false);
  },
);

test('a daemon that ends at once says why', async () => {
  const daemon = await sleeper({ args: ['no-duration'], answers: async () => false });
  await expect(ensureDaemon(daemon, () => {})).rejects.toThrow(
    /sleeper does not start: .*no-duration/,
  );
});

test('a daemon whose program is missing does not start', async () => {
  const daemon = await sleeper({ command: 'no-such-command-here', readyMs: 500 });
  await expect(ensureDaemon(daemon, () => {})).rejects.toThrow('sleeper does not start');
});

test('a daemon that runs but hangs is ended and started anew', async () => {
  const hung = await sleeper();
  await ensureDaemon(hung, () => {});
  const pid = pidOf(hung);
  const answers = async () => isRunning(hung) && pidOf(hung) !== pid;
  const daemon = { ...hung, answers, patienceMs: 10 };
  const said: string[] = [];
  await ensureDaemon(daemon, (line) => said.push(line));
  expect(said[0]).toBe('sleeper hangs: ending it');
  expect(pidOf(daemon)).not.toBe(pid);
});
