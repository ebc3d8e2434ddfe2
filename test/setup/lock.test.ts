import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

import { acquireLock } from '../../scripts/setup/lock.js';

const LOCK_MODULE = new URL('../../scripts/setup/lock.js', import.meta.url).href;
const nameOf = (title: string): string => `cyto-run-test-${title}-${process.pid}`;
const neverWaits = (): void => {
  throw new Error('nobody holds this lock');
};

test('two set-ups take turns, and the second says that it waits', async () => {
  const name = nameOf('turns');
  const order: string[] = [];
  const releaseFirst = await acquireLock(name, neverWaits);
  const told = Promise.withResolvers<undefined>();
  const second = acquireLock(name, () => {
    told.resolve(undefined);
  }).then((release) => {
    order.push('second');
    return release;
  });
  await told.promise;
  order.push('first');
  await releaseFirst();
  await (
    await second
  )();
  expect(order).toEqual(['first', 'second']);
});

test('the lock of a process that was killed is free', async () => {
  const name = nameOf('killed');
  const script = `
    const { acquireLock } = await import(${JSON.stringify(LOCK_MODULE)});
    await acquireLock(${JSON.stringify(name)}, () => {});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script]);
  await once(holder.stdout, 'data');
  const waiting = acquireLock(name, () => holder.kill('SIGKILL'));
  await (
    await waiting
  )();
  expect(holder.signalCode ?? (await once(holder, 'exit'))[1]).toBe('SIGKILL');
});

test('a set-up that is never finished does not hold the next one for ever', async () => {
  const name = nameOf('hanging');
  const release = await acquireLock(name, neverWaits);
  await expect(acquireLock(name, () => {}, { waitMs: 50 })).rejects.toThrow('for too long');
  await release();
});

test('where the system has no such locks, none is taken', async () => {
  const name = nameOf('elsewhere');
  const first = await acquireLock(name, neverWaits, { platform: 'darwin' });
  const second = await acquireLock(name, neverWaits, { platform: 'darwin' });
  await Promise.all([first(), second()]);
});
