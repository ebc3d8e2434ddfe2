import {
  appendFile,
  chmod,
  cp,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { execa } from 'execa';

import type { Clock } from '../../base/clock.ts';
import { messageOf, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { commandEnvironment } from './command-environment.ts';
import type {
  Appearing,
  AskOptions,
  AwaitedEvents,
  HostAction,
  HostAnswer,
  HostStep,
  SlurmHost,
} from './host.ts';

const NOTHING = new Uint8Array();
const DONE: HostAnswer = { exitCode: 0, out: NOTHING, errors: '' };

/** The cluster's commands and files are on this machine. */
export function localHost(
  clock: Clock,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SlurmHost {
  return new LocalHost(clock, commandEnvironment(environment));
}

class LocalHost implements SlurmHost {
  readonly title = 'this machine';
  readonly #clock: Clock;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(clock: Clock, environment: Readonly<Record<string, string>>) {
    this.#clock = clock;
    this.#environment = environment;
  }

  async ask(
    steps: readonly HostStep[],
    options: AskOptions,
  ): Promise<readonly (HostAnswer | undefined)[]> {
    const answers: (HostAnswer | undefined)[] = [];
    let stopped = false;
    for (const step of steps) {
      const answer: HostAnswer | undefined = stopped ? undefined : await this.#do(step, options);
      answers.push(answer);
      stopped ||= step.orStop === true && answer?.exitCode !== 0;
    }
    return answers;
  }

  async put(source: string, target: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await mkdir(dirname(target), { recursive: true });
    await cp(source, target, { recursive: true, preserveTimestamps: true });
  }

  get(source: string, target: string, signal: AbortSignal): Promise<void> {
    return this.put(source, target, signal);
  }

  async #do(step: HostAction, options: AskOptions): Promise<HostAnswer> {
    try {
      if (step.do === 'run') return await this.#run(step, options);
      if (step.do === 'await') return await this.#await(step.waitMs, step.events, options.enough);
      return { ...DONE, out: await doWithFiles(step) };
    } catch (error) {
      return { exitCode: 1, out: NOTHING, errors: messageOf(error) };
    }
  }

  async #run(
    { argv: [program = '', ...words], stdin = '', keep }: HostAction & { do: 'run' },
    { timeoutMs }: AskOptions,
  ): Promise<HostAnswer> {
    const { exitCode, stdout, stderr, timedOut, code } = await execa(program, words, {
      input: stdin,
      encoding: 'buffer',
      env: this.#environment,
      extendEnv: false,
      stripFinalNewline: false,
      reject: false,
      timeout: timeoutMs,
    });
    if (keep !== undefined) await appendFile(keep, stdout);
    const errors = Buffer.from(stderr).toString('utf8');
    if (timedOut) return { exitCode: 124, out: stdout, errors };
    if (code === 'ENOENT') return { exitCode: 127, out: NOTHING, errors: `${program}: not found` };
    return { exitCode: exitCode ?? 255, out: stdout, errors };
  }

  async #await(waitMs: number, events: AwaitedEvents, enough?: AbortSignal): Promise<HostAnswer> {
    let endMs = this.#clock.monotonicMs() + waitMs;
    let lingers = false;
    for (;;) {
      if (await hasAppeared(events.urgent)) return DONE;
      if (!lingers && (await isMild(events))) {
        lingers = true;
        endMs = Math.min(endMs, this.#clock.monotonicMs() + events.lingerMs);
      }
      const leftMs = endMs - this.#clock.monotonicMs();
      if (leftMs <= 0 || enough?.aborted === true) return DONE;
      await this.#clock.sleep(Math.min(leftMs, LIMITS.slurmLookMs), enough);
    }
  }
}

async function doWithFiles(
  step: Exclude<HostAction, { do: 'run' | 'await' }>,
): Promise<Uint8Array> {
  switch (step.do) {
    case 'read':
      return readPiece(step.path, step.from, step.bytesMax);
    case 'list':
      return Buffer.from((await readdir(step.folder)).map((name) => `${name}\n`).join(''));
    case 'gather':
      return gather(step.folder, step.names);
    case 'write':
      await writeFile(step.path, step.text, { mode: 0o600 });
      await chmod(step.path, 0o600);
      return NOTHING;
    case 'make-folder':
      await mkdir(step.fresh ? dirname(step.path) : step.path, { recursive: true, mode: 0o700 });
      if (step.fresh) await mkdir(step.path, { mode: 0o700 });
      return NOTHING;
    case 'move':
      await rename(step.from, step.to);
      return NOTHING;
    case 'remove':
      await rm(step.path, { recursive: true, force: true });
      return NOTHING;
  }
}

/** Opened anew each time: that is when a shared file system looks how long the file is by now. */
async function readPiece(path: string, from: number, bytesMax: number): Promise<Uint8Array> {
  await using file = await open(path);
  const { size } = await file.stat();
  const wanted = Math.min(Math.max(size - from, 0), bytesMax);
  const buffer = Buffer.allocUnsafe(wanted);
  const { bytesRead } = await file.read(buffer, 0, wanted, from);
  return buffer.subarray(0, bytesRead);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The folder is listed, not each name asked for: a shared file system remembers what was not there. */
async function gather(folder: string, names: readonly string[] | 'all'): Promise<Uint8Array> {
  if (names.length === 0) return NOTHING;
  const there = new Set(await namesIn(folder));
  const pieces: Uint8Array[] = [];
  for (const name of names === 'all' ? there : names.filter((each) => there.has(each))) {
    const content = await readPiece(join(folder, name), 0, LIMITS.slurmSmallFileBytesMax);
    pieces.push(Buffer.from(`${name} ${content.length}\n`), content);
  }
  return Buffer.concat(pieces);
}

async function hasAppeared({ folder, names }: Appearing): Promise<boolean> {
  if (names.length === 0) return false;
  const there = new Set(await namesIn(folder));
  return names.some((name) => there.has(name));
}

async function isMild({ mild, grow }: AwaitedEvents): Promise<boolean> {
  if (await hasAppeared(mild)) return true;
  for (const { path, beyondBytes } of grow) if ((await sizeOf(path)) > beyondBytes) return true;
  return false;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return -1;
  }
}
