import { expect, test } from 'vitest';

import { hasEndedAlready, isGone } from '../../../src/container/docker/failures.ts';

const answer = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) - ${message}`), {
    statusCode,
    json: { message },
  });

/** As Docker 20.10 and Podman 4.3 were heard to answer to signals while containers ended by themselves. */
test.each([
  [409, 'Cannot kill container: 1b49: Container 1b49 is not running'],
  [404, 'No such container: 1b49'],
  [500, 'can only kill running containers. 1b49 is in state stopped: container state improper'],
  [500, 'container state improper: stopped'],
  [500, 'container 1b49 does not exist in database: no such container'],
])('a signal that comes too late is no failure: %i %s', (status, message) => {
  expect(hasEndedAlready(answer(status, message))).toBe(true);
});

test.each([
  answer(500, 'the runtime cannot signal: permission denied'),
  Object.assign(new Error('write EPIPE: no such process'), { code: 'EPIPE' }),
])('another failure to signal is one: %s', (failure) => {
  expect(hasEndedAlready(failure)).toBe(false);
});

test('Podman says in its own way that a container is gone', () => {
  const said = 'container 1b49 does not exist in database: no such container';
  expect(isGone(answer(500, said))).toBe(true);
  expect(isGone(answer(500, 'the database is locked'))).toBe(false);
});
