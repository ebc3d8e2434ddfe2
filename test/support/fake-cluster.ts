import { posix } from 'node:path';

import {
  HostUnreachable,
  type AskOptions,
  type AwaitedEvents,
  type HostAction,
  type HostAnswer,
  type HostStep,
  type SlurmHost,
} from '../../src/container/slurm/host.ts';
import { FakeFiles } from './fake-files.ts';
import { FakeJob, type Life } from './fake-job.ts';
import { jobRow, printed, type Fields } from './fake-printing.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** What goes wrong with one command, or with the connection. */
export type CommandFault =
  | 'error'
  | 'late'
  | 'timeout'
  | 'empty'
  | 'garbage'
  | 'colours'
  | 'cut'
  | 'unknown-job'
  | 'disabled';
export type ConnectionFault = 'before' | 'after' | 'midway';

export interface FakeClusterOptions {
  readonly clock: SimulatedClock;
  /** What becomes of the job that runs this script: its `run.sh`, as text. */
  readonly lifeOf: (runScript: string) => Life;
  /** Asked for each command before it is answered. */
  readonly commandFault?: (command: string, nowMs: number) => CommandFault | undefined;
  /** Asked for each question; `index` counts them. */
  readonly connectionFault?: (index: number, nowMs: number) => ConnectionFault | undefined;
  /** How long output written on a node stays unseen, and beginnings and ends. */
  readonly fileLagMs?: number;
  readonly endLagMs?: number;
  /** How far behind accounting is. */
  readonly accountingLagMs?: number;
  /** When the scheduler forgets a job that has ended. */
  readonly memoryMs?: number;
}

const LATE_MS = 45_000;

const OK = (out = ''): HostAnswer => ({ exitCode: 0, out: Buffer.from(out), errors: '' });
const FAILED = (errors: string, exitCode = 1): HostAnswer => ({
  exitCode,
  out: new Uint8Array(),
  errors,
});

/**
 * A cluster in memory behind the port of a cluster's host: files, and Slurm's commands as far as the
 * engine uses them, held to the real ones by `commands-contract.ts`. Its jobs live as they are told.
 */
export class FakeCluster implements SlurmHost {
  readonly title = 'a fake cluster';
  readonly files: FakeFiles;
  readonly jobs: FakeJob[] = [];
  /** Times of the questions to the scheduler, and how many questions there were at all. */
  readonly queriesAtMs: number[] = [];
  asked = 0;
  readonly #options: FakeClusterOptions;
  #ids = 100;

  constructor(options: FakeClusterOptions) {
    this.#options = options;
    const { clock, fileLagMs = 0, endLagMs = 0 } = options;
    this.files = new FakeFiles(
      () => clock.monotonicMs(),
      (path) => (/\/(begun|ended)\//.test(path) ? endLagMs : fileLagMs),
    );
  }

  async ask(
    steps: readonly HostStep[],
    { enough }: AskOptions,
  ): Promise<readonly (HostAnswer | undefined)[]> {
    const { clock, connectionFault } = this.#options;
    const fault = connectionFault?.(this.asked++, clock.monotonicMs());
    if (fault === 'before') throw new HostUnreachable('the connection was closed');
    const half = fault === 'midway' ? Math.ceil(steps.length / 2) : steps.length;
    const answers: (HostAnswer | undefined)[] = [];
    let stopped = false;
    for (const step of steps.slice(0, half)) {
      const answer: HostAnswer | undefined = stopped ? undefined : await this.#do(step, enough);
      answers.push(answer);
      stopped ||= step.orStop === true && answer?.exitCode !== 0;
    }
    if (fault !== undefined) throw new HostUnreachable('the connection was closed');
    return answers;
  }

  put(): Promise<void> {
    return Promise.resolve();
  }

  get(): Promise<void> {
    return Promise.resolve();
  }

  /** Programs that were run, by the name of their job: once is what was wanted. */
  get runs(): readonly string[] {
    return this.jobs.filter(({ hasRun }) => hasRun).map(({ name }) => name);
  }

  async #do(step: HostAction, enough: AbortSignal | undefined): Promise<HostAnswer> {
    const { files } = this;
    switch (step.do) {
      case 'run': {
        const answer = await this.#run(step.argv);
        if (step.keep !== undefined) files.append(step.keep, Buffer.from(answer.out));
        return answer;
      }
      case 'read': {
        const bytes = files.read(step.path);
        if (bytes === undefined) return FAILED('no such file');
        return { ...OK(), out: bytes.subarray(step.from, step.from + step.bytesMax) };
      }
      case 'list':
        if (!files.has(step.folder)) return FAILED('no such folder');
        return OK(
          files
            .list(step.folder)
            .map((name) => `${name}\n`)
            .join(''),
        );
      case 'gather': {
        const names = step.names === 'all' ? files.list(step.folder) : step.names;
        return OK(
          names
            .map((name) => [name, files.read(posix.join(step.folder, name))] as const)
            .map(([name, bytes]) =>
              bytes === undefined ? '' : `${name} ${bytes.length}\n${bytes.toString()}`,
            )
            .join(''),
        );
      }
      case 'write':
        files.write(step.path, Buffer.from(step.text));
        return OK();
      case 'make-folder':
        return files.makeFolder(step.path, step.fresh) ? OK() : FAILED('File exists');
      case 'move':
        return files.move(step.from, step.to) ? OK() : FAILED('no such file');
      case 'remove':
        files.remove(step.path);
        return OK();
      case 'await':
        await this.#await(step.waitMs, step.events, enough);
        return OK();
    }
  }

  async #await(waitMs: number, events: AwaitedEvents, enough?: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const endMs = clock.monotonicMs() + waitMs;
    const isThere = ({ folder, names }: AwaitedEvents['urgent']): boolean =>
      names.some((name) => this.files.read(posix.join(folder, name)) !== undefined);
    for (;;) {
      if (isThere(events.urgent) || isThere(events.mild)) return;
      for (const { path, beyondBytes } of events.grow)
        if ((this.files.read(path)?.length ?? -1) > beyondBytes) return;
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0 || enough?.aborted === true) return;
      await clock.sleep(Math.min(leftMs, 250), enough);
    }
  }

  async #run([command = '', ...words]: readonly string[]): Promise<HostAnswer> {
    const { clock, commandFault } = this.#options;
    const fault = commandFault?.(command, clock.monotonicMs());
    if (['squeue', 'sacct', 'scontrol'].includes(command))
      this.queriesAtMs.push(clock.monotonicMs());
    if (fault === 'timeout') {
      await clock.sleep(60_000);
      // A submission that took too long for us may have arrived.
      if (command === 'sbatch') this.#sbatch(words);
      return FAILED('', 124);
    }
    if (fault === 'error') {
      if (command === 'sbatch') this.#sbatch(words);
      return FAILED(`${command}: error: Socket timed out on send/recv operation`);
    }
    if (fault === 'late') {
      // On its way to the scheduler longer than anybody waits.
      void clock.sleep(LATE_MS).then(() => this.#sbatch(words));
      return FAILED('', 124);
    }
    if (fault === 'empty') return OK();
    if (fault === 'garbage') return OK('<html>Bad Gateway</html>\n|||\n\u0000\n');
    if (fault === 'disabled') return FAILED('Slurm accounting storage is disabled');
    if (fault === 'unknown-job' && command === 'scontrol')
      return FAILED('slurm_load_jobs error: Invalid job id specified');
    const answer = this.#command(command, words);
    if (fault === 'cut') return { ...answer, out: answer.out.subarray(0, answer.out.length >> 1) };
    if (fault === 'colours')
      return OK(
        Buffer.from(answer.out)
          .toString()
          .replaceAll(/[A-Z]{4,}/g, '\x1b[31m$&\x1b[0m'),
      );
    return answer;
  }

  #command(command: string, words: readonly string[]): HostAnswer {
    switch (command) {
      case 'sbatch':
        return words[0] === '--version' ? OK('slurm 22.05.8\n') : this.#sbatch(words);
      case 'squeue':
        return OK(this.#squeue(words));
      case 'sacct':
        return OK(this.#sacct(words));
      case 'scontrol':
        if (words[0] === 'show') return OK('MaxArraySize = 1001\n');
        return words.includes('node')
          ? this.#showNode(words.at(-1) ?? '')
          : this.#showJob(words.at(-1) ?? '');
      case 'scancel':
        return this.#scancel(words);
      case 'id':
        return OK('0\n');
      default:
        return FAILED(`${command}: not found`, 127);
    }
  }

  #sbatch(words: readonly string[]): HostAnswer {
    const option = (name: string): string | undefined =>
      words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
    if (option('partition') === 'no-such')
      return FAILED(
        'sbatch: error: invalid partition specified: no-such\nsbatch: error: Batch job submission failed: Invalid partition name specified',
      );
    const script = this.files.read(words.at(-1) ?? '')?.toString();
    if (script === undefined) return FAILED('sbatch: error: Unable to open file');
    const id = (this.#ids += 1);
    const names = [...script.matchAll(/name='?([^' ;\n]+)'?/g)].map(([, name = '']) => name);
    const jobsFolder = /^folder='([^']*)'/m.exec(script)?.[1] ?? '';
    const isArray = option('array') !== undefined;
    for (const [task, name] of names.entries())
      this.jobs.push(
        new FakeJob({
          id: isArray ? `${id}_${task}` : String(id),
          jobName: option('job-name') ?? '',
          name,
          folder: posix.join(jobsFolder, name),
          isHeld: words.includes('--hold'),
          cluster: { files: this.files, clock: this.#options.clock, lifeOf: this.#options.lifeOf },
        }),
      );
    return OK(`${id}\n`);
  }

  #known(): readonly FakeJob[] {
    const { clock, memoryMs = 300_000 } = this.#options;
    return this.jobs.filter(
      ({ overSinceMs }) =>
        overSinceMs === undefined || clock.monotonicMs() - overSinceMs < memoryMs,
    );
  }

  #squeue(words: readonly string[]): string {
    const format = words.find((word) => word.startsWith('--format='))?.slice(9) ?? '';
    const pendingOnly = words.includes('--states=PENDING');
    return this.#known()
      .map((job) => jobRow(job, job.seen()))
      .filter(({ T: state }) => !pendingOnly || state === 'PENDING')
      .map((fields: Fields) => `${printed(format, fields)}\n`)
      .join('');
  }

  #sacct(words: readonly string[]): string {
    const { clock, accountingLagMs = 0 } = this.#options;
    const ids =
      words
        .find((word) => word.startsWith('--jobs='))
        ?.slice(7)
        .split(',') ?? [];
    return this.jobs
      .filter(({ id }) => ids.includes(id))
      .flatMap((job) => {
        const seen = job.seen(clock.monotonicMs() - accountingLagMs);
        if (seen === undefined) return [];
        const word = seen.state === 'CANCELLED' ? 'CANCELLED by 0' : seen.state;
        return [`${job.id}|${job.jobName}|${word}|${seen.exit}|${seen.node || 'None assigned'}\n`];
      })
      .join('');
  }

  #showJob(id: string): HostAnswer {
    const job = this.#known().find((known) => known.id === id);
    if (job === undefined) return FAILED('slurm_load_jobs error: Invalid job id specified');
    const seen = job.seen();
    if (seen === undefined) return FAILED('slurm_load_jobs error: Invalid job id specified');
    const [array, task] = id.split('_');
    const ids =
      task === undefined
        ? `JobId=${id}`
        : `JobId=9${id.replace('_', '')} ArrayJobId=${array ?? ''} ArrayTaskId=${task}`;
    return OK(
      `${ids} JobName=${job.jobName} JobState=${seen.state} Reason=${seen.reason} ExitCode=${seen.exit} NodeList=${seen.node === '' ? '(null)' : seen.node}\n`,
    );
  }

  #showNode(name: string): HostAnswer {
    const state = this.jobs.some(({ hasBadNode }) => hasBadNode)
      ? 'State=IDLE+DRAIN Weight=1 Reason=Prolog error [root@2026-01-01T00:00:00]'
      : 'State=IDLE Weight=1';
    return OK(`NodeName=${name} Arch=x86_64 ${state}\n`);
  }

  #scancel(words: readonly string[]): HostAnswer {
    const name = words.find((word) => word.startsWith('--name='))?.slice(7);
    const signal = words.find((word) => word.startsWith('--signal='))?.slice(9);
    const targets = this.#known().filter(({ id, jobName }) =>
      name === undefined ? id === words.at(-1) : jobName === name,
    );
    for (const job of targets)
      job.cancel({ signal, pendingOnly: words.includes('--state=PENDING') });
    return OK();
  }
}
