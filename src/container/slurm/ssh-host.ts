import { randomBytes } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { posix } from 'node:path';

import { execa } from 'execa';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { shellQuote } from '../../base/shell-quote.ts';
import {
  HostUnreachable,
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

  put(source: string, target: string, signal: AbortSignal): Promise<void> {
    return this.#copy(source, `${this.#target.ssh}:${target}`, signal);
  }

  get(source: string, target: string, signal: AbortSignal): Promise<void> {
    return this.#copy(`${this.#target.ssh}:${source}`, target, signal);
  }

  async #copy(source: string, target: string, signal: AbortSignal): Promise<void> {
    const shell = ['ssh', ...(await this.#options())].map(shellQuote).join(' ');
    const { exitCode, stderr, isCanceled } = await execa(
      'rsync',
      [
        '--archive',
        '--partial',
        '--inplace',
        '--protect-args',
        '--rsh',
        shell,
        '--',
        source,
        target,
      ],
      { encoding: 'buffer', reject: false, cancelSignal: signal },
    );
    if (isCanceled) throw signal.reason;
    if (exitCode !== 0) throw broken(stderr, false, exitCode);
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
