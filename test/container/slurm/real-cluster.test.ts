import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { restartController, startCluster } from '../../../scripts/setup/slurm-daemons.js';
import type { ContainerSpec, StartedContainer, WaitReason } from '../../../src/container/index.ts';
import type { SlurmOptions } from '../../../src/container/slurm/index.ts';
import { takeTurn } from '../../support/cluster-turns.ts';
import { describeWith } from '../../support/needs.ts';
import { slurmUnderTest } from '../../support/slurm-engines.ts';
import { endOf, never, Subject, untilSaid } from '../contract/subject.ts';

const READY_AND_SLEEP = ['out', 'ready\\n', 'then', 'sleep', '600'];

const slurm = async (...words: readonly string[]): Promise<string> => {
  const [program = '', ...rest] = words;
  return (await promisify(execFile)(program, rest)).stdout;
};

const onNode = (node: string): Partial<ContainerSpec> => scheduled({ nodelist: node });

const scheduled = (options: Record<string, string>): Partial<ContainerSpec> => ({
  scheduling: { options, excludedNodes: [] },
});

/** Reasons for waiting, as they are told. */
class Reasons {
  readonly codes: string[] = [];
  readonly #told = new Map<string, () => void>();
  readonly note = ({ code }: WaitReason): void => {
    this.codes.push(code);
    this.#told.get(code)?.();
  };
  until(code: string): Promise<void> {
    if (this.codes.includes(code)) return Promise.resolve();
    return new Promise((resolve) => this.#told.set(code, resolve));
  }
}

describeWith('slurm', 'a real cluster', () => {
  let subject: Subject;
  let options: SlurmOptions;
  beforeAll(async () => {
    const underTest = await slurmUnderTest();
    options = underTest.options;
    subject = await Subject.of(() => Promise.resolve(underTest));
  });

  describe('ends that are not the app’s own', { concurrent: true, timeout: 600_000 }, () => {
    test('at the time limit of the job it is the limit that is told, with all that was written', async () => {
      await using container = await subject.start(READY_AND_SLEEP, scheduled({ time: '1' }));
      const { stdout, exit } = await endOf(container);
      expect(stdout.toString()).toBe('ready\n');
      expect(exit).toMatchObject({ exitCode: 143, ending: { code: 'time-limit' } });
      expect(exit.node).toMatch(/^node\d$/);
    });

    test('a job out of memory kept all that it wrote before', async () => {
      await using container = await subject.start(
        ['log', 'stdout', '200000', 'then', 'memory', '900000000', '5'],
        { limits: { pids: 100, memoryBytes: 64 * 2 ** 20 } },
      );
      const { stdout, exit } = await endOf(container);
      expect(stdout).toHaveLength(200_000);
      expect(exit).toMatchObject({ exitCode: 137, outOfMemory: true });
      expect(exit.ending).toBeUndefined();
    });

    test('what an administrator cancels says who did it', async () => {
      await using container = await subject.start(READY_AND_SLEEP);
      const output = await untilSaid(container, 'ready');
      await slurm('scancel', container.id);
      expect((await output.next()).done).toBe(true);
      expect(await container.wait()).toMatchObject({
        ending: { code: 'canceled', message: expect.stringContaining('CANCELLED') as string },
      });
    });

    test('a job that waits is canceled by us without ever running, and by others with a word', async () => {
      const held = scheduled({ hold: '' });
      await using ours = await subject.start(['out', 'ran'], held);
      await using theirs = await subject.start(['out', 'ran'], held);
      const reasons = new Reasons();
      void ours.begun(reasons.note);
      await reasons.until('slurm-job-held-user');
      await ours.stop(60_000);
      expect(await ours.wait()).toEqual({ exitCode: 143, outOfMemory: false });
      await slurm('scancel', theirs.id);
      expect((await theirs.wait()).ending).toMatchObject({ code: 'canceled' });
      await slurm('sleep', '2');
      for (const { name } of [ours, theirs])
        expect(await readdir(join(options.workFolder, 'begun'))).not.toContain(name);
    });
  });

  test('fifty runs of one app are one array, and each has its own end and output', async () => {
    const failing = new Set([7, 23, 49]);
    const specs = Array.from({ length: 50 }, (_, task) =>
      subject.spec(['out', `task ${task}`, 'then', 'exit', failing.has(task) ? '9' : '0']),
    );
    const containers = await subject.engine.startMany!(specs, never());
    expect(new Set(containers.map(({ id }) => id.split('_')[0])).size).toBe(1);
    const ends = await Promise.all(containers.map((container) => endOf(container)));
    expect(ends.map(({ stdout }) => stdout.toString())).toEqual(
      specs.map((_, task) => `task ${task}`),
    );
    expect(ends.map(({ exit }) => exit.exitCode)).toEqual(
      specs.map((_, task) => (failing.has(task) ? 9 : 0)),
    );
    const found = await subject.another().find(specs[23]!.name);
    expect([found?.id, found?.phase]).toEqual([containers[23]!.id, 'exited']);
    await removeAll(containers);
    expect(await subject.engine.list(subject.ownerLabel)).toEqual([]);
  }, 600_000);

  test('a job that the cluster puts back into its queue has ended, and runs nothing when its turn comes again', async () => {
    await using container = await subject.start(READY_AND_SLEEP);
    await untilSaid(container, 'ready');
    await slurm('scontrol', 'update', `JobId=${container.id}`, 'Requeue=1');
    await slurm('scontrol', 'requeue', container.id);
    expect(await container.wait()).toMatchObject({
      exitCode: 143,
      ending: { code: 'preempted', message: expect.stringContaining('queue') as string },
    });
  }, 600_000);

  test('an option that the cluster refuses is told with what to do, and nothing is left', async () => {
    const spec = subject.spec([], scheduled({ partition: 'no-such' }));
    await expect(subject.engine.start(spec, never())).rejects.toMatchObject({
      code: 'engine-refused',
      message: expect.stringMatching(/partition/i) as string,
      hint: expect.stringContaining('sinfo') as string,
    });
    expect(await subject.engine.find(spec.name)).toBeUndefined();
  });
});

describeWith('own-slurm', 'a real cluster whose nodes and daemons come and go', () => {
  takeTurn('alone');
  let subject: Subject;
  beforeAll(async () => {
    subject = await Subject.of(() => slurmUnderTest());
  });
  // Whose turn is next finds every node in service.
  afterAll(() => startCluster(() => undefined));

  test('a node that is lost is told by name', async () => {
    await using container = await subject.start(READY_AND_SLEEP, onNode('node3'));
    await untilSaid(container, 'ready');
    try {
      await slurm('scontrol', 'update', 'nodename=node3', 'state=down', 'reason=test');
      expect(await container.wait()).toMatchObject({ ending: { code: 'node-failed' } });
      expect((await container.wait()).node).toBe('node3');
    } finally {
      await slurm('scontrol', 'update', 'nodename=node3', 'state=resume').catch(() => undefined);
    }
  }, 600_000);

  test('while its node is drained a job says so, and runs when the node is back', async () => {
    await slurm('scontrol', 'update', 'nodename=node2', 'state=drain', 'reason=test');
    try {
      await using container = await subject.start(['out', 'ran'], onNode('node2'));
      const reasons = new Reasons();
      const begun = container.begun(reasons.note);
      await reasons.until('slurm-req-node-not-avail');
      await slurm('scontrol', 'update', 'nodename=node2', 'state=resume');
      await begun;
      const { stdout, exit } = await endOf(container);
      expect([stdout.toString(), exit.exitCode, exit.node]).toEqual(['ran', 0, 'node2']);
    } finally {
      await slurm('scontrol', 'update', 'nodename=node2', 'state=resume').catch(() => undefined);
    }
  }, 600_000);

  test('an app does not hear of a restart of the scheduler, and nor does whoever waits for it', async () => {
    await using running = await subject.start([
      ...['out', 'ready\\n', 'then', 'sleep', '8', 'then', 'exit', '7'],
    ]);
    await untilSaid(running, 'ready');
    await restartController();
    expect((await running.wait()).exitCode).toBe(7);
  }, 600_000);
});

const removeAll = (containers: readonly StartedContainer[]): Promise<unknown> =>
  Promise.all(containers.map((container) => container[Symbol.asyncDispose]()));
