import type Dockerode from 'dockerode';
import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/base/limits.ts';
import { inspectContainer } from '../../../src/container/docker/inspect-container.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { passTime } from '../../support/pass-time.ts';

/** As Podman 4.3 answers when a container's process ends while it looks at it. */
const justEnded = (): Error => answer(500, 'read /proc/7857/cgroup: no such process');

const answer = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message}`), {
    statusCode,
    json: { message },
  });

/** A container of which each of `failures` is told before what is known of it. */
function containerThatFails(failures: Iterator<Error>): {
  inspect: () => Promise<Dockerode.ContainerInspectInfo>;
  asked: number;
} {
  const container = {
    asked: 0,
    inspect: () => {
      container.asked += 1;
      const failure = failures.next();
      if (failure.done !== true) return Promise.reject(failure.value);
      return Promise.resolve({ Id: 'known' } as Dockerode.ContainerInspectInfo);
    },
  };
  return container;
}

test('a container that ends while Podman looks at it is looked at again', async () => {
  const clock = new ManualClock();
  const container = containerThatFails([justEnded(), justEnded()].values());
  const asked = inspectContainer(container, clock);
  await passTime(clock, LIMITS.podmanLogPollMs, asked);
  await expect(asked).resolves.toMatchObject({ Id: 'known' });
  expect(container.asked).toBe(3);
});

test('what is told for too long is believed', async () => {
  const clock = new ManualClock();
  const forEver = (function* () {
    for (;;) yield justEnded();
  })();
  const asked = inspectContainer(containerThatFails(forEver), clock);
  await passTime(clock, LIMITS.podmanLogPollMs, asked);
  await expect(asked).rejects.toMatchObject({ statusCode: 500 });
});

test.each([
  answer(404, 'no such container'),
  answer(500, 'the storage is broken'),
  Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }),
])('another failure is told at once: %s', async (failure) => {
  const container = containerThatFails([failure].values());
  await expect(inspectContainer(container, new ManualClock())).rejects.toBe(failure);
  expect(container.asked).toBe(1);
});
