import { expect } from 'vitest';

import { contractTest, type Clauses } from './contract-test.ts';
import { never, type Subject } from './subject.ts';

const MEBIBYTE = 2 ** 20;
/** Far above what an engine's own helpers need within it, or the kernel might end one of those instead. */
const MEMORY = { pids: 200, memoryBytes: 128 * MEBIBYTE };
const TOO_MUCH = ['memory', String(400 * MEBIBYTE), '0'];

/** Processor seconds that two busy loops get in two seconds. */
async function processorSeconds(subject: Subject, cpus?: number): Promise<number> {
  const loop = `timeout 2 awk 'BEGIN { while (1) turns++ }'`;
  const { stdout } = await subject.run(['/bin/sh', '-c', `${loop} & ${loop} & wait; times`], {
    entrypoint: 'replaced',
    limits: { pids: 200, ...(cpus === undefined ? {} : { cpus }) },
  });
  // The second line is that of the children: `0m1.98s 0m0.01s`.
  const [, children = ''] = stdout.toString().trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

/** An app takes only what it was given. */
export const limitClauses = {
  memory: [
    contractTest(
      'over its memory limit it is ended, and that is told from a crash',
      async (subject) => {
        const { exit } = await subject.run(TOO_MUCH, { limits: MEMORY });
        expect(exit).toMatchObject({ exitCode: 137, outOfMemory: true });
      },
    ),

    contractTest('within its memory limit it goes on', async (subject) => {
      const { exit } = await subject.run(['memory', String(8 * MEBIBYTE), '0'], { limits: MEMORY });
      expect(exit).toMatchObject({ exitCode: 0, outOfMemory: false });
    }),

    contractTest(
      'an app that was killed by somebody else did not run out of memory',
      async (subject) => {
        const { exit } = await subject.run(['signal', 'KILL'], { limits: MEMORY });
        expect(exit).toMatchObject({ exitCode: 137, outOfMemory: false });
      },
    ),

    contractTest(
      'an app that lost only a child to the limit, and coped, did not run out of memory',
      async (subject) => {
        const argv = ['try', ...TOO_MUCH, 'then', 'exit', '0'];
        const { exit } = await subject.run(argv, { limits: MEMORY });
        expect(exit).toMatchObject({ exitCode: 0, outOfMemory: false });
      },
    ),
  ],

  swap: [
    contractTest('memory beyond the limit is not swapped out instead', async (subject) => {
      const { exit } = await subject.run(TOO_MUCH, { limits: MEMORY });
      expect(exit.outOfMemory).toBe(true);
    }),
  ],

  cpus: [
    contractTest('it gets no more processor time than it may', async (subject) => {
      // Half a core for two seconds, and a quarter of that for a loaded machine's clock.
      expect(await processorSeconds(subject, 0.5)).toBeLessThan(1.6);
    }),

    contractTest('without a limit it gets what it takes', async (subject) => {
      // Of four, for others may be at work.
      expect(await processorSeconds(subject)).toBeGreaterThan(0.1);
    }),
  ],

  pids: [
    contractTest('it cannot start more processes than it may', async (subject) => {
      const { exit, stdout } = await subject.run(['fork', '100'], { limits: { pids: 30 } });
      expect(exit.exitCode).toBe(11);
      expect(Number(/forked (\d+) of 100/.exec(stdout.toString())?.[1])).toBeLessThan(30);
    }),

    contractTest('it can start as many as it may', async (subject) => {
      const { exit } = await subject.run(['fork', '60'], { limits: { pids: 200 } });
      expect(exit.exitCode).toBe(0);
    }),
  ],

  gpu: [
    contractTest('a GPU is given, or its absence told before anything starts', async (subject) => {
      const spec = subject.spec(['exit', '0'], { limits: { pids: 100, gpus: 'all' } });
      const { gpus } = await subject.engine.info();
      if (gpus === 'absent') {
        await expect(subject.engine.start(spec, never())).rejects.toMatchObject({
          code: 'gpu-unavailable',
        });
        expect(await subject.engine.find(spec.name)).toBeUndefined();
        return;
      }
      await using container = await subject.engine.start(spec, never());
      expect((await container.wait()).exitCode).toBe(0);
    }),
  ],
} as const satisfies Clauses;

/** What is seen where one of these is declared not kept. */
export const notLimited: Clauses = {
  memory: [
    contractTest('an app over its memory limit goes on', async (subject) => {
      const { exit } = await subject.run(TOO_MUCH, { limits: MEMORY });
      expect(exit).toMatchObject({ exitCode: 0, outOfMemory: false });
    }),
  ],
  pids: [
    contractTest('it starts more processes than it may', async (subject) => {
      const { exit } = await subject.run(['fork', '60'], { limits: { pids: 30 } });
      expect(exit.exitCode).toBe(0);
    }),
  ],
};

/** Of an engine that counts in whole processors: what of the promise does not hold, and what does. */
export const WHOLE_PROCESSORS = {
  exceptions: { cpus: ['it gets no more processor time than it may'] },
  instead: {
    cpus: [
      contractTest('of half a processor it gets a whole one, and no more', async (subject) => {
        const { stdout } = await subject.run(['/bin/sh', '-c', 'cat /proc/self/status'], {
          entrypoint: 'replaced',
          limits: { pids: 200, cpus: 0.5 },
        });
        // One number, and neither a list nor a range of them.
        expect(stdout.toString()).toMatch(/^Cpus_allowed_list:\t\d+$/m);
        // A whole one for two seconds, and a quarter of that for a loaded machine's clock.
        expect(await processorSeconds(subject, 0.5)).toBeLessThan(2.5);
      }),
    ],
  },
} as const satisfies { exceptions: object; instead: Clauses };
