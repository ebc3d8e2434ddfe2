import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

import { processEngine } from '../../../src/container/process/index.ts';
import type { StartedContainer } from '../../../src/container/index.ts';
import { processUnderTest } from '../../support/supervised-engines.ts';
import { endOf, Subject, untilSaid } from '../contract/subject.ts';

const ENGINE_PROGRAM = new URL('../../support/engine-program.ts', import.meta.url).pathname;
const SLEEPING = ['out', 'ready\\n', 'then', 'sleep', '600'];

/** The engine's own folder of a job, where its supervisor works. */
const jobFile = (container: StartedContainer, name: string): string => join(container.id, name);

const supervisorOf = async (container: StartedContainer): Promise<number> =>
  Number.parseInt(await readFile(jobFile(container, 'pid'), 'utf8'), 10);

/** Whether any process still has this job's variable. */
async function isAnyAlive(container: Pick<StartedContainer, 'id'>): Promise<boolean> {
  const environments = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
  );
  return environments.some((text) => text.includes(`CYTO_RUN_JOB=${container.id}/`));
}

describe.each([{ cgroups: true }, { cgroups: false }])(
  'a program under a supervisor, control groups used where they can be: $cgroups',
  ({ cgroups }) => {
    let subject: Subject;
    let folder: string;
    beforeAll(async () => {
      subject = await Subject.of(async () => {
        const underTest = await processUnderTest({ cgroups });
        folder = underTest.options.folder;
        return underTest;
      });
    });

    test('when the supervisor is killed, the program is ended and that is told', async () => {
      await using container = await subject.start(SLEEPING);
      await untilSaid(container, 'ready');
      process.kill(await supervisorOf(container), 'SIGKILL');
      const { ending } = await container.wait();
      expect(ending).toMatchObject({ code: 'engine-lost' });
      expect(ending?.message).toContain('killed from outside');
      expect(await isAnyAlive(container)).toBe(false);
    });

    test('whoever finds it after that is told the same, and keeps its log', async () => {
      await using container = await subject.start(SLEEPING);
      await untilSaid(container, 'ready');
      process.kill(await supervisorOf(container), 'SIGKILL');
      const found = await subject.another().find(container.name);
      const { stdout, exit } = await endOf(found!);
      expect(stdout.toString()).toBe('ready\n');
      expect(exit.ending?.code).toBe('engine-lost');
    });

    test('after a restart of the machine its job is over, and no stranger is touched', async () => {
      const name = 'cyto-run-before-the-restart-1';
      const stranger = join(folder, name);
      await mkdir(stranger, { recursive: true });
      const facts = {
        ...{ name, runId: 'before', attempt: 1, ownerLabel: 'restart', program: 'x' },
        ...{ bootId: 'another', host: 'this-machine' },
      };
      await writeFile(join(stranger, 'job.json'), JSON.stringify(facts));
      await writeFile(join(stranger, 'stdout'), 'half');
      // The numbers of a process that lives: ourselves.
      await writeFile(join(stranger, 'pid'), `${process.pid} 1\n`);
      await writeFile(join(stranger, 'program'), `${process.pid}\n`);
      const found = await subject.another().find(name);
      expect(found?.phase).toBe('exited');
      expect(await subject.engine.list('restart')).toMatchObject([{ name, running: false }]);
      await found?.stop(0);
      const { stdout, exit } = await endOf(found!);
      expect(stdout.toString()).toBe('half');
      expect(exit.ending?.message).toContain('this-machine was restarted');
      await found?.[Symbol.asyncDispose]();
      expect(existsSync(stranger)).toBe(false);
    });

    test('a job that was written down and never started is found as such, and can be removed', async () => {
      await using container = await subject.start(['exit', '0']);
      await container.wait();
      const name = 'cyto-run-never-started-1';
      await mkdir(join(folder, name), { recursive: true });
      const facts = await readFile(jobFile(container, 'job.json'), 'utf8');
      await writeFile(join(folder, name, 'job.json'), facts.replace(container.name, name));
      const found = await subject.another().find(name);
      expect(found?.phase).toBe('created');
      await expect(found?.wait()).rejects.toMatchObject({ code: 'engine-lost' });
      await found?.stop(0);
      await found?.[Symbol.asyncDispose]();
      expect(await subject.engine.find(name)).toBeUndefined();
    });

    test('a daemon that left its session, parents and variables is ended with the program', async () => {
      const daemon = `env -i setsid sh -c 'sleep 600 & echo $! >daemon' & while ! [ -s daemon ]; do sleep 0.05; done`;
      const work = join(folder, '..', `work-${String(cgroups)}`);
      await mkdir(work);
      const run = subject.run(['/bin/sh', '-c', daemon], {
        entrypoint: 'replaced',
        workingDirectory: work,
      });
      expect((await run).exit.exitCode).toBe(0);
      const pid = Number(await readFile(join(work, 'daemon'), 'utf8'));
      expect(existsSync(`/proc/${pid}`) && isRunning(await statOf(pid))).toBe(false);
    });

    test('two engines on one folder see the same, and either ends it', async () => {
      const container = await subject.start(SLEEPING);
      await untilSaid(container, 'ready');
      const [one, other] = await Promise.all([
        subject.another().find(container.name),
        subject.another().find(container.name),
      ]);
      await Promise.all([one?.stop(0), other?.stop(0)]);
      expect([await one?.wait(), await other?.wait()]).toMatchObject([
        { exitCode: 137 },
        { exitCode: 137 },
      ]);
      await Promise.all([one?.[Symbol.asyncDispose](), other?.[Symbol.asyncDispose]()]);
      expect(await subject.engine.find(container.name)).toBeUndefined();
    });

    test('what is written to /dev/stderr anew is added to the log and cuts nothing from it', async () => {
      const twice = 'echo one >&2; echo two >/dev/stderr; echo three | tee /dev/stderr >/dev/null';
      const { stderr } = await subject.run(['/bin/sh', '-c', twice], { entrypoint: 'replaced' });
      expect(stderr.toString()).toBe('one\ntwo\nthree\n');
    });

    test('its variables are in no file of ours and in no list of processes', async () => {
      const environment = { TOKEN: 'very-secret-value' };
      await using container = await subject.start(SLEEPING, { environment });
      await untilSaid(container, 'ready');
      const files = await readdir(container.id);
      for (const file of files.filter((name) => !name.endsWith('.pipe')))
        expect(await readFile(jobFile(container, file), 'utf8')).not.toContain('very-secret');
      const supervisor = await supervisorOf(container);
      expect(await readFile(`/proc/${supervisor}/cmdline`, 'utf8')).not.toContain('very-secret');
      expect((await stat(container.id)).mode & 0o777).toBe(0o700);
    });

    test('processor time is known, and memory of a run of seconds', async () => {
      const { exit } = await subject.run(['memory', '40000000', '4', 'then', 'cpu', '1']);
      expect(exit.peakMemoryBytes).toBeGreaterThan(35_000_000);
      expect(exit.peakMemoryBytes).toBeLessThan(120_000_000);
      // Of one, for others may be at work.
      expect(exit.cpuSeconds).toBeGreaterThan(0.05);
    });
  },
);

describe('without control groups', () => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await Subject.of(() => processUnderTest({ cgroups: false }));
  });

  test('memory is watched: over its limit the program is ended, and that is told', async () => {
    const limits = { pids: 200, memoryBytes: 100 * 2 ** 20 };
    const over = await subject.run(['memory', String(200 * 2 ** 20), '20'], { limits });
    expect(over.exit).toMatchObject({ exitCode: 137, outOfMemory: true });
    const within = await subject.run(['memory', String(8 * 2 ** 20), '2'], { limits });
    expect(within.exit).toMatchObject({ exitCode: 0, outOfMemory: false });
  });

  test('what is not kept is declared, limit by limit', async () => {
    const { limitations } = await subject.engine.info();
    expect(limitations).toMatchObject({
      memory: { kept: 'partly' },
      swap: { kept: 'not' },
      cpus: { kept: 'not' },
      pids: { kept: 'not' },
      'nothing-left': { kept: 'partly' },
    });
  });
});

describe('whoever starts a program is killed at any moment', () => {
  test.each([1, 2, 3, 4, 5, 6, 8, 12, 50])(
    'at step %i of what is seen in its folder',
    async (step) => {
      const { options, opener } = await processUnderTest();
      const subject = await Subject.of(() => processUnderTest());
      const spec = {
        ...subject.spec(['/bin/sh', '-c', 'echo ready; sleep 600'], { entrypoint: 'replaced' }),
        image: '',
      };
      await mkdir(options.folder);
      let seen = 0;
      using watcher = watching(
        options.folder,
        () => (seen += 1) === step && starting.kill('SIGKILL'),
      );
      expect(watcher).toBeDefined();
      const starting = spawn(process.execPath, [
        ENGINE_PROGRAM,
        JSON.stringify(opener),
        JSON.stringify(spec),
      ]);
      const died = once(starting, 'close');
      // The last steps are never seen: it runs by then.
      await Promise.race([died, once(starting.stdout, 'data')]);
      starting.kill('SIGKILL');
      await died;
      const engine = processEngine(options);
      const listed = await engine.list(subject.ownerLabel);
      const found = await engine.find(spec.name);
      expect(listed).toHaveLength(found === undefined ? 0 : 1);
      await found?.[Symbol.asyncDispose]();
      expect(await readdir(options.folder)).toEqual([]);
      expect(await isAnyAlive({ id: join(options.folder, spec.name) })).toBe(false);
    },
  );
});

test('300 MB of output are read with memory that stays flat', async () => {
  const subject = await Subject.of(processUnderTest);
  await using container = await subject.start(
    ['/bin/sh', '-c', 'head -c 300000000 /dev/zero | tee /dev/stderr'],
    { entrypoint: 'replaced' },
  );
  const before = process.memoryUsage.rss();
  const read = { stdout: 0, stderr: 0 };
  let highest = 0;
  for await (const { stream, bytes } of container.output()) {
    read[stream] += bytes.length;
    highest = Math.max(highest, process.memoryUsage.rss());
  }
  expect(read).toEqual({ stdout: 300_000_000, stderr: 300_000_000 });
  expect(highest - before).toBeLessThan(150_000_000);
});

/** Calls for each change below a folder, until disposed. */
function watching(folder: string, onChange: () => unknown): Disposable {
  const watcher = watch(folder, { recursive: true }, onChange);
  return {
    [Symbol.dispose]: () => {
      watcher.close();
    },
  };
}

const statOf = (pid: number): Promise<string> =>
  readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');

/** Not there, or only waiting to be collected by its parent. */
const isRunning = (line: string): boolean => line !== '' && !/\) [ZX] /.test(line);
