import { randomBytes } from 'node:crypto';
import { lstat, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { posix } from 'node:path';

import { execa } from 'execa';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { shellQuote } from '../../base/shell-quote.ts';
import {
  HostUnreachable,
  textOf,
  type AskOptions,
  type HostAnswer,
  type HostStep,
  type SlurmHost,
} from './host.ts';
import { parseAnswers, questionScript } from './ssh-script.ts';

export interface SshTarget {
  /** What the user calls the machine: a name of their ssh configuration, or `user@host`. */
  readonly ssh: string;
  /** Instead of the user's own configuration. */
  readonly configFile?: string;
}

/**
 * A cluster's host behind the OpenSSH client: the user's own configuration, agent and known hosts,
 * and one connection for all questions of all our processes. Never asks anybody anything.
 */
export function sshHost(target: SshTarget): SlurmHost {
  if (/^-|[\s\0]/.test(target.ssh))
    throw new RunnerError(
      'configuration-invalid',
      `${JSON.stringify(target.ssh)} is no name of a host`,
      {
        hint: 'Write it as you would behind ssh: cluster.example.org, or a name of your ssh configuration.',
      },
    );
  return new SshHost(target);
}

class SshHost implements SlurmHost {
  readonly title: string;
  readonly #target: SshTarget;
  #folder: Promise<string> | undefined;

  constructor(target: SshTarget) {
    this.#target = target;
    this.title = `ssh ${target.ssh}`;
  }

  async ask(
    steps: readonly HostStep[],
    { timeoutMs, enough }: AskOptions,
  ): Promise<readonly (HostAnswer | undefined)[]> {
    const mark = `answer-${randomBytes(12).toString('hex')}`;
    const waitsMs = steps.map((step) =>
      step.do === 'await' ? step.waitMs + step.events.lingerMs : 0,
    );
    const waits = waitsMs.some((ms) => ms > 0);
    const { stdout, stderr, exitCode, isCanceled, timedOut } = await execa(
      'ssh',
      [...(await this.#options()), this.#target.ssh, 'exec /bin/sh -s'],
      {
        input: questionScript(steps, { mark, timeoutMs }),
        encoding: 'buffer',
        reject: false,
        stripFinalNewline: false,
        maxBuffer: LIMITS.slurmAnswerBytesMax,
        // Each command has its time, and so has the way there and back.
        timeout: Math.ceil(
          waitsMs.reduce(
            (sum, ms) => sum + ms,
            timeoutMs * steps.length + 2 * LIMITS.slurmConnectMs,
          ),
        ),
        ...(waits && enough !== undefined ? { cancelSignal: enough } : {}),
      },
    );
    if (isCanceled) throw enough?.reason;
    const answers = exitCode === 0 ? parseAnswers(stdout, mark, steps.length) : undefined;
    if (answers === undefined) throw broken(stderr, timedOut, exitCode);
    return answers;
  }

  async put(source: string, target: string, signal: AbortSignal): Promise<void> {
    if (await this.#rsync([source, `${this.#target.ssh}:${target}`], signal)) return;
    const there = shellQuote(target);
    if (source.endsWith('/'))
      await this.#pipe(
        ['tar', '-C', source, '-cf', '-', '.'],
        `mkdir -p ${there} && tar -C ${there} -xf -`,
        { signal, to: 'there' },
      );
    else {
      const from = await this.#sizeOf(target);
      const { size } = await stat(source);
      const isPart = from > 0 && from <= size;
      await this.#pipe(
        isPart ? ['tail', '-c', `+${from + 1}`, source] : ['cat', source],
        `cat ${isPart ? '>>' : '>'}${there}`,
        { signal, to: 'there' },
      );
    }
  }

  /** Of a file there; 0 where there is none. */
  async #sizeOf(path: string): Promise<number> {
    const steps = [{ do: 'run', argv: ['wc', '-c', path] }] as const;
    const [answer] = await this.ask(steps, { timeoutMs: LIMITS.slurmCommandMs });
    return answer?.exitCode === 0 ? Number.parseInt(textOf(answer), 10) : 0;
  }

  async get(source: string, target: string, signal: AbortSignal): Promise<void> {
    if (await this.#rsync([`${this.#target.ssh}:${source}`, target], signal)) return;
    await mkdir(target, { recursive: true });
    const pack = `tar -C ${shellQuote(source)} -cf - .`;
    await this.#pipe(['tar', '-C', target, '-xf', '-'], pack, { signal, to: 'here' });
  }

  /** `false`: there is no rsync, here or there. */
  async #rsync(paths: readonly string[], signal: AbortSignal): Promise<boolean> {
    const shell = ['ssh', ...(await this.#options())].map(shellQuote).join(' ');
    const { exitCode, stderr, isCanceled, code } = await execa(
      'rsync',
      ['--archive', '--partial', '--inplace', '--protect-args', '--rsh', shell, '--', ...paths],
      { encoding: 'buffer', reject: false, cancelSignal: signal },
    );
    if (isCanceled) throw signal.reason;
    if (exitCode === 0) return true;
    const said = Buffer.from(stderr).toString('utf8');
    if (code === 'ENOENT' || /rsync: (command )?not found|not found: rsync/.test(said))
      return false;
    throw broken(stderr, false, exitCode);
  }

  /** What every machine has, where rsync is missing; folders, and what comes from there, begin anew each time. */
  async #pipe(
    local: readonly string[],
    remote: string,
    { signal, to }: { readonly signal: AbortSignal; readonly to: 'here' | 'there' },
  ): Promise<void> {
    const ssh = ['ssh', ...(await this.#options()), this.#target.ssh, remote];
    const [[first = '', ...firstWords], [second = '', ...secondWords]] =
      to === 'there' ? [local, ssh] : [ssh, local];
    const options = {
      cancelSignal: signal,
      reject: false,
      encoding: 'buffer',
      buffer: { stdout: false, stderr: true },
    } as const;
    const source = execa(first, firstWords, options);
    const results = await Promise.all([source, source.pipe(second, secondWords, options)]);
    if (results.some(({ isCanceled }) => isCanceled)) throw signal.reason;
    const failed = results.find(({ exitCode }) => exitCode !== 0);
    if (failed !== undefined) throw broken(failed.stderr, false, failed.exitCode);
  }

  async #options(): Promise<string[]> {
    const folder = await (this.#folder ??= socketFolder());
    const { configFile } = this.#target;
    return [
      ...(configFile === undefined ? [] : ['-F', configFile]),
      '-T',
      ...['-o', 'BatchMode=yes'],
      ...['-o', `ConnectTimeout=${LIMITS.slurmConnectMs / 1_000}`],
      ...['-o', 'ControlMaster=auto'],
      ...['-o', `ControlPath=${posix.join(folder, '%C')}`],
      ...['-o', `ControlPersist=${LIMITS.slurmConnectionIdleMs / 1_000}`],
      ...['-o', 'ServerAliveInterval=15'],
      ...['-o', 'ServerAliveCountMax=3'],
    ];
  }
}

/** A folder that only we can enter: whoever can open the socket is us to the cluster. */
async function socketFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = posix.join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `cyto-run-ssh-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0)
    throw new RunnerError('engine-unavailable', `${folder} is not a folder of yours alone`, {
      hint: 'Remove it: the connection to the cluster would be open to others.',
    });
  return folder;
}

function broken(
  stderr: Uint8Array,
  timedOut: boolean,
  exitCode: number | undefined,
): HostUnreachable {
  const said = Buffer.from(stderr).toString('utf8').trim().split('\n').at(-1) ?? '';
  const why = timedOut
    ? 'it took too long'
    : said === ''
      ? `ssh ended with ${exitCode ?? 'a signal'}`
      : said;
  return new HostUnreachable(why);
}
