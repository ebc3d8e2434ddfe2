import { expect } from 'vitest';

import { contractTest, type ContractTest } from './contract-test.ts';
import { endOf, never } from './subject.ts';

/** What every engine does that is nobody's promise about a container. */
export const besides: readonly ContractTest[] = [
  contractTest('it says who it is, and the same when asked shortly', async ({ engine }) => {
    const info = await engine.info();
    expect(info.name).toBe(engine.name);
    expect(info.version).not.toBe('');
    expect(info.cpus).toBeGreaterThan(0);
    expect(info.memoryBytes).toBeGreaterThan(0);
    const { name, version } = info;
    expect(await engine.version()).toEqual({ name, version });
  }),

  contractTest(
    'an image that is not here is not found, and not asked for when it must not be',
    async ({ engine }) => {
      const request = { reference: 'cyto-run/no-such-image:9', pull: 'never' } as const;
      await expect(engine.resolveImage(request, never())).rejects.toMatchObject({
        code: 'image-not-found',
      });
    },
  ),

  contractTest('what waits begins, and says so', async (subject) => {
    await using container = await subject.start(['sleep', '0.1']);
    await container.begun();
    expect((await container.wait()).exitCode).toBe(0);
  }),

  contractTest('what never ran has begun when it has ended', async (subject) => {
    await using container = await subject.start(['exit', '3']);
    await container.wait();
    await container.begun();
  }),

  contractTest('ten at once are kept apart', async (subject) => {
    const numbers = Array.from({ length: 10 }, (_, at) => at);
    const ended = await Promise.all(
      numbers.map(async (at) => {
        await using container = await subject.start([
          'out',
          `run ${at}`,
          'then',
          'exit',
          String(at),
        ]);
        return await endOf(container);
      }),
    );
    expect(ended.map(({ stdout, exit }) => [stdout.toString(), exit.exitCode])).toEqual(
      numbers.map((at) => [`run ${at}`, at]),
    );
    expect(await subject.engine.list(subject.ownerLabel)).toEqual([]);
  }),
];
