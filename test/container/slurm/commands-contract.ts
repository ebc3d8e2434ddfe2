import { posix } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

import type { Clock } from '../../../src/base/clock.ts';
import { batchScript, runScript } from '../../../src/container/slurm/batch-script.ts';
import {
  gathered,
  type HostAnswer,
  type HostStep,
  type SlurmHost,
} from '../../../src/container/slurm/host.ts';
import { parseJobExit, type JobExit } from '../../../src/container/slurm/job-exit.ts';
import { jobFiles, workFolder } from '../../../src/container/slurm/layout.ts';
import {
  countAhead,
  aheadArgv,
  sacctAnswer,
  sacctArgv,
  scontrolAnswer,
  scontrolArgv,
  squeueAnswer,
  squeueArgv,
  submittedId,
  type JobKey,
  type Sighting,
} from '../../../src/container/slurm/queries.ts';
import { meaningOf } from '../../../src/container/slurm/state-table.ts';
import { textOf } from '../../../src/container/slurm/host.ts';

export interface CommandsUnderTest {
  readonly host: SlurmHost;
  readonly clock: Clock;
  readonly workFolder: string;
  /** Lets the cluster's time pass until the work is done. */
  readonly settle: <Result>(work: Promise<Result>) => Promise<Result>;
}

let names = 0;
const newName = (): string => `cyto-run-contract-${process.pid}-${(names += 1)}-1`;

/** What the engine relies on in Slurm's commands, of the real ones and of the fake. */
export function commandsContract(name: string, setUp: () => Promise<CommandsUnderTest>): void {
  describe(`${name}: Slurm’s commands`, { timeout: 600_000 }, () => {
    let cluster: Commands;
    beforeAll(async () => {
      cluster = new Commands(await setUp());
    });

    test('a job that ends by itself leaves its exit file and output, and the scheduler says how', async () => {
      const job = await cluster.submit(['sh', '-c', 'echo out; exit 3']);
      const exit = await cluster.untilExit(job.name);
      expect(exit).toMatchObject({ status: { exitCode: 3 }, asked: false, signaled: false });
      expect(exit.outputBytes).toEqual({ stdout: 4, stderr: 0 });
      expect(await cluster.untilOver(job)).toMatchObject({ state: 'FAILED' });
      expect((await cluster.scontrol(job))?.exitCode).toBe(3);
      expect(await cluster.untilAccounted(job)).toMatchObject({ state: 'FAILED', exitCode: 3 });
    });

    test('a job that runs is said to, by name and id alone', async () => {
      const job = await cluster.submit(['sleep', '600']);
      await cluster.untilState(job, 'RUNNING');
      expect(await cluster.scontrol(job)).toMatchObject({ state: 'RUNNING' });
      expect(await cluster.squeue({ ...job, jobName: 'another' })).toBeUndefined();
      await cluster.run('scancel', '--batch', '--signal=USR2', job.id);
      expect(await cluster.untilExit(job.name)).toMatchObject({
        status: { exitCode: 137 },
        asked: true,
      });
      expect(meaningOf((await cluster.untilOver(job)).state)).toMatchObject({ by: 'none' });
    });

    test('our own signal ends it kindly, and is told from somebody else’s', async () => {
      const [ours, theirs] = [
        await cluster.submit(['sleep', '600']),
        await cluster.submit(['sleep', '600']),
      ];
      await cluster.untilBegun(ours.name);
      await cluster.untilBegun(theirs.name);
      await cluster.run('scancel', '--batch', '--signal=USR1', ours.id);
      await cluster.run('scancel', theirs.id);
      expect(await cluster.untilExit(ours.name)).toMatchObject({
        status: { exitCode: 143 },
        asked: true,
        signaled: false,
      });
      expect(await cluster.untilExit(theirs.name)).toMatchObject({ asked: false, signaled: true });
      expect((await cluster.untilOver(theirs)).state).toBe('CANCELLED');
      expect((await cluster.untilAccounted(theirs)).reason).toMatch(/^CANCELLED by \d+$/);
    });

    test('a job that is held waits with its reason, is not counted before others, and is canceled there', async () => {
      const job = await cluster.submit(['sleep', '600'], '--hold');
      expect(await cluster.untilState(job, 'PENDING')).toMatchObject({ reason: 'JobHeldUser' });
      const ahead = await cluster.run(...aheadArgv());
      expect(countAhead(ahead, [job.id]).has(job.id)).toBe(true);
      await cluster.run('scancel', '--state=PENDING', job.id);
      expect(await cluster.untilOver(job)).toMatchObject({ state: 'CANCELLED' });
      expect((await cluster.squeue(job))?.node).toBeUndefined();
    });

    test('a running job is not touched by what is meant for waiting ones', async () => {
      const job = await cluster.submit(['sleep', '600']);
      await cluster.untilBegun(job.name);
      await cluster.run('scancel', '--state=PENDING', job.id);
      expect(await cluster.untilState(job, 'RUNNING')).toBeDefined();
      await cluster.run('scancel', `--name=${job.jobName}`);
      expect(await cluster.untilOver(job)).toMatchObject({ state: 'CANCELLED' });
    });

    test('whose ticket was taken away never runs', async () => {
      const job = await cluster.submit(['sleep', '600'], '--hold');
      const { ticket, withdrawn } = jobFiles(cluster.work, job.name);
      await cluster.ask({ do: 'move', from: ticket, to: withdrawn });
      await cluster.run('scontrol', 'release', job.id);
      await cluster.run('scancel', '--state=PENDING', job.id);
      await cluster.untilOver(job);
      const [begun] = await cluster.ask({
        do: 'gather',
        folder: cluster.work.begun,
        names: [job.name],
      });
      expect(gathered(begun!).size).toBe(0);
    });

    test('the tasks of an array are known by its id and their numbers', async () => {
      const tasks = await cluster.submitArray([
        ['sh', '-c', 'exit 0'],
        ['sh', '-c', 'exit 4'],
      ]);
      const exits = await Promise.all(tasks.map((task) => cluster.untilExit(task.name)));
      expect(exits.map(({ status }) => status.exitCode)).toEqual([0, 4]);
      for (const [index, task] of tasks.entries()) {
        const state = index === 0 ? 'COMPLETED' : 'FAILED';
        expect(await cluster.untilOver(task)).toMatchObject({ state });
        expect(await cluster.scontrol(task)).toMatchObject({ state });
        expect(await cluster.untilAccounted(task)).toMatchObject({ state });
      }
    });

    test('what was never submitted nobody knows, and what cannot be is refused', async () => {
      const stranger = { id: '4000000000', jobName: 'x' };
      expect(await cluster.squeue(stranger)).toBeUndefined();
      expect(await cluster.scontrol(stranger)).toBeUndefined();
      expect(await cluster.sacct({ ...stranger, id: '99999999' })).toBeUndefined();
      const refused = await cluster.run(
        'sbatch',
        '--parsable',
        '--partition=no-such',
        '--wrap=true',
      );
      expect([refused.exitCode === 0, refused.errors]).toEqual([
        false,
        expect.stringMatching(/invalid partition/i),
      ]);
    });
  });
}

interface Submitted extends JobKey {
  readonly name: string;
}

/** Slurm's commands by the engine's own words and eyes. */
class Commands {
  readonly work: ReturnType<typeof workFolder>;
  readonly #cluster: CommandsUnderTest;

  constructor(cluster: CommandsUnderTest) {
    this.#cluster = cluster;
    this.work = workFolder(cluster.workFolder);
  }

  ask(...steps: readonly HostStep[]): Promise<readonly (HostAnswer | undefined)[]> {
    return this.#cluster.settle(this.#cluster.host.ask(steps, { timeoutMs: 30_000 }));
  }

  async run(...argv: readonly string[]): Promise<HostAnswer> {
    const [answer] = await this.ask({ do: 'run', argv });
    return answer!;
  }

  async submit(argv: readonly string[], ...options: readonly string[]): Promise<Submitted> {
    const name = newName();
    const [job] = await this.#submit([{ name, argv }], name, options);
    return job!;
  }

  submitArray(programs: readonly (readonly string[])[]): Promise<readonly Submitted[]> {
    const tasks = programs.map((argv) => ({ name: newName(), argv }));
    return this.#submit(tasks, `${tasks[0]!.name}-array`, [`--array=0-${tasks.length - 1}`]);
  }

  async #submit(
    tasks: readonly { name: string; argv: readonly string[] }[],
    jobName: string,
    options: readonly string[],
  ): Promise<readonly Submitted[]> {
    const all = tasks.map(({ name, argv }) => ({ files: jobFiles(this.work, name), argv }));
    const batch = all[0]!.files.batch;
    const folders = [this.work.begun, this.work.ended, ...all.map(({ files }) => files.folder)];
    const answers = await this.ask(
      ...folders.map((path) => ({ do: 'make-folder', path, fresh: false }) as const),
      ...all.flatMap(({ files, argv }): HostStep[] => [
        {
          do: 'write',
          path: files.run,
          text: runScript({
            files,
            argv,
            environment: {},
            image: '/',
            program: argv[0]!,
            needed: [],
          }),
        },
        { do: 'write', path: files.ticket, text: '' },
      ]),
      {
        do: 'write',
        path: batch,
        text: batchScript(
          tasks.map(({ name }) => name),
          this.work.jobs,
        ),
      },
      {
        do: 'run',
        argv: [
          'sbatch',
          '--parsable',
          `--job-name=${jobName}`,
          '--mem=64M',
          '--output=/dev/null',
          ...options,
          batch,
        ],
      },
    );
    const id = submittedId(textOf(answers.at(-1)!))!;
    return tasks.map(({ name }, task) => ({
      name,
      jobName,
      id: tasks.length === 1 ? id : `${id}_${task}`,
    }));
  }

  async squeue(key: JobKey): Promise<Sighting | undefined> {
    return this.#seen(squeueAnswer(await this.run(...squeueArgv()), [key]), key);
  }

  async sacct(key: JobKey): Promise<Sighting | undefined> {
    return this.#seen(sacctAnswer(await this.run(...sacctArgv([key.id])), [key]), key);
  }

  async scontrol(key: JobKey): Promise<Sighting | undefined> {
    return this.#seen(scontrolAnswer(await this.run(...scontrolArgv(key.id)), key), key);
  }

  #seen(answer: ReturnType<typeof squeueAnswer>, { id }: JobKey): Sighting | undefined {
    if (answer.kind === 'silent') throw new Error(`no answer: ${answer.why}`);
    return answer.jobs.get(id);
  }

  untilState(key: JobKey, state: string): Promise<Sighting> {
    return this.#until(
      () => this.squeue(key),
      (seen) => seen.state === state,
    );
  }

  untilOver(key: JobKey): Promise<Sighting> {
    return this.#until(
      () => this.squeue(key),
      ({ state }) => meaningOf(state).kind === 'over',
    );
  }

  untilAccounted(key: JobKey): Promise<Sighting> {
    return this.#until(
      () => this.sacct(key),
      ({ state }) => meaningOf(state).kind === 'over',
    );
  }

  untilBegun(name: string): Promise<string> {
    return this.#until(
      () => this.#file(this.work.begun, name),
      () => true,
    );
  }

  async untilExit(name: string): Promise<JobExit> {
    const text = await this.#until(
      () => this.#file(this.work.ended, name),
      () => true,
    );
    return parseJobExit(text)!;
  }

  async #file(folder: string, name: string): Promise<string | undefined> {
    const [answer] = await this.ask({
      do: 'gather',
      folder: posix.normalize(folder),
      names: [name],
    });
    return gathered(answer!).get(name);
  }

  async #until<Value>(
    look: () => Promise<Value | undefined>,
    isIt: (value: Value) => boolean,
  ): Promise<Value> {
    const { clock, settle } = this.#cluster;
    for (;;) {
      const value = await look();
      if (value !== undefined && isIt(value)) return value;
      await settle(clock.sleep(300));
    }
  }
}
