import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  ENGINE_PROMISES,
  type EngineInfo,
  type EnginePromise,
  type Limitation,
} from '../../src/container/index.ts';
import { dockerEngine } from '../../src/container/docker/index.ts';
import { checkPromises, promisesLeanedOn } from '../../src/runner/promises.ts';
import { scene } from '../support/run-scene.ts';
import { plainOptions } from '../support/run-values.ts';
import { runOptions } from '../support/run-arbitraries.ts';

const PROMISES = Object.keys(ENGINE_PROMISES) as EnginePromise[];
const SENTENCE = 'The kernel says no.';
const limitation = fc.record<Limitation>(
  { kept: fc.constantFrom('partly', 'not'), sentence: fc.constant(SENTENCE) },
  { noNullPrototype: true },
);
const limitationsOfAny = fc.dictionary(fc.constantFrom(...PROMISES), limitation, {
  noNullPrototype: true,
}) as fc.Arbitrary<EngineInfo['limitations']>;

test('a run is refused, warned or neither: what it asked for and cannot have is never dropped in silence', async () => {
  await fc.assert(
    fc.asyncProperty(runOptions, limitationsOfAny, async (options, limitations) => {
      const engine = {
        name: 'apptainer' as const,
        info: () => Promise.reject(new Error('not asked')),
        limitationsOf: () => Promise.resolve(limitations),
      };
      const leanedOn = promisesLeanedOn(options);
      const asked = options.asked ?? [];
      const notKept = leanedOn.filter((name) => limitations[name]?.kept === 'not');
      const checked = checkPromises(options, engine);
      if (notKept.some((name) => asked.includes(name))) {
        await expect(checked).rejects.toMatchObject({
          code: 'promise-not-kept',
          message: expect.stringContaining(SENTENCE) as string,
        });
        return;
      }
      const { warnings, limitations: recorded } = await checked;
      const partly = leanedOn.filter(
        (name) => limitations[name]?.kept === 'partly' && asked.includes(name),
      );
      expect(warnings.map((warning) => 'code' in warning && warning.code).toSorted()).toEqual(
        [...notKept, ...partly].map((name) => `not-kept-${name}`).toSorted(),
      );
      expect(Object.keys(recorded).toSorted()).toEqual(
        leanedOn.filter((name) => limitations[name] !== undefined).toSorted(),
      );
    }),
    { numRuns: 300 },
  );
});

const NOT_KEPT: EngineInfo['limitations'] = {
  'network-off': { kept: 'not', sentence: 'The app sees the network.', hint: 'Ask the admin.' },
};

test('no network that was asked for by name and cannot be had refuses the run before anything is staged', () =>
  scene(
    () => ({}),
    async ({ run, engine }) => {
      const record = await run({ options: { ...plainOptions, asked: ['network-off'] } });
      expect(record).toMatchObject({
        state: 'SYSTEM_ERROR',
        failure: {
          code: 'promise-not-kept',
          message: expect.stringContaining('The app sees the network.') as string,
          hint: expect.stringContaining('Ask the admin.') as string,
        },
      });
      expect(engine.started).toEqual([]);
    },
    { info: { limitations: NOT_KEPT } },
  ));

test('no network that is only our default and cannot be had is a warning, and stands in the record', () =>
  scene(
    () => ({}),
    async ({ run }) => {
      const record = await run();
      expect(record.state).toBe('COMPLETE');
      expect(record.warnings).toMatchObject([{ code: 'not-kept-network-off' }]);
      expect(record.container?.limitations).toEqual(NOT_KEPT);
    },
    { info: { limitations: NOT_KEPT } },
  ));

test('Docker is asked about its kernel only where there is a limit of memory or processors', async () => {
  const away = dockerEngine({ socketPath: '/no/such/docker.sock' });
  expect(await away.limitationsOf?.(['pids', 'network-off', 'user'])).toEqual({});
  await expect(away.limitationsOf?.(['memory'])).rejects.toMatchObject({
    code: 'engine-unavailable',
  });
});
