import type { lookup } from 'node:dns';
import { expect, test } from 'vitest';

import { outwardPost } from '../../../src/daemon/webhooks/post.ts';
import { webhookReceiver } from '../../support/webhook-receiver.ts';

const request = () => ({
  headers: { 'x-a': '1' },
  body: 'é',
  signal: new AbortController().signal,
});
const noLoopback = (address: string): string | undefined =>
  /^(127\.|::1)/.test(address) ? `${address} is a loopback address` : undefined;

test('a request arrives with its headers and its body, and the status of the answer comes back', async () => {
  await using receiver = await webhookReceiver();
  receiver.behave((_request, response) => {
    response.writeHead(503, { 'retry-after': '7' }).end('x'.repeat(1_000_000));
  });
  const answer = await outwardPost(() => undefined)(receiver.url, request());
  expect(answer).toEqual({ status: 503, retryAfter: '7' });
  expect(receiver.received).toMatchObject([{ path: '/hook', body: 'é', headers: { 'x-a': '1' } }]);
});

test('an address that may not be asked is not, whether it stands there or is what a name leads to', async () => {
  await using receiver = await webhookReceiver();
  const post = outwardPost(noLoopback);
  const named = receiver.url.replace('127.0.0.1', 'localhost');
  for (const url of [receiver.url, named])
    await expect(post(url, request())).rejects.toThrow('loopback');
  expect(receiver.received).toEqual([]);
});

test('one bad address among the good ones of a name is enough', async () => {
  const resolve = ((
    _name: string,
    _options: object,
    done: (error: null, found: object[]) => void,
  ) => {
    done(null, [
      { address: '192.0.2.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  }) as unknown as typeof lookup;
  const post = outwardPost(noLoopback, resolve);
  await expect(post('http://two.example/', request())).rejects.toThrow('127.0.0.1 is a loopback');
});

test('a name that nobody knows is a failure with its reason', async () => {
  const resolve = ((_name: string, _options: object, done: (error: Error) => void) => {
    done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
  }) as unknown as typeof lookup;
  await expect(
    outwardPost(() => undefined, resolve)('http://none.example/', request()),
  ).rejects.toMatchObject({
    code: 'ENOTFOUND',
  });
});
