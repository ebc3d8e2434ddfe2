import { expect, test } from 'vitest';

import { startFailure } from '../../../src/container/docker/failures.ts';
import type { ContainerSpec } from '../../../src/container/index.ts';

/** An answer of the engine, as dockerode throws it. */
const answer = (message: string): Error =>
  Object.assign(new Error(`(HTTP code 400) unexpected - ${message}`), {
    statusCode: 400,
    json: { message },
  });

test.each([
  'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available',
  'range of CPUs is from 0.01 to 2.00, as only 2 CPUs are available',
  'Minimum memory limit allowed is 6MB',
])('a limit that the engine cannot set is no failure to try again: %s', (message) => {
  expect(startFailure(answer(message), {} as ContainerSpec)).toMatchObject({
    code: 'promise-not-kept',
    message: expect.stringContaining(message) as string,
    hint: expect.stringContaining('--cpus') as string,
  });
});

test('what nobody foresaw is told in the engine’s own words', () => {
  expect(startFailure(answer('no'), {} as ContainerSpec)).toMatchObject({
    code: 'engine-refused',
    message: 'the engine refused the container: no',
  });
});
