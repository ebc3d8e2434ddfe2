import { expect, test, vi } from 'vitest';

import { connect } from '../../src/client/index.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { plainApp } from '../support/plain-app.ts';
import { serverHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

interface Page {
  readonly apps: readonly { readonly name: string; readonly version: string }[];
  readonly nextCursor?: string;
}

test('apps come in pages, by name, and the client brings all of them', async () => {
  await using folder = await temporaryFolder();
  await using here = await serverHere(folder.path);
  const client = connect({ url: here.server.url });
  for (const name of ['b', 'a', 'c~d', 'é']) await client.apps.register(plainApp('true', { name }));
  const page = async (query: string): Promise<Page> =>
    (await here.ask('GET', `/runner/v1/apps?${query}`)).body as Page;
  const first = await page('limit=3');
  expect(first.apps.map(({ name }) => name)).toEqual(['a', 'b', 'c~d']);
  const second = await page(`limit=3&cursor=${first.nextCursor ?? ''}`);
  expect(second).toMatchObject({ apps: [{ name: 'é' }] });
  expect(second.nextCursor).toBeUndefined();
  expect((await page('name=b')).apps).toHaveLength(1);
  expect((await page('name=none')).apps).toEqual([]);
  expect((await client.apps.list()).map(({ name }) => name)).toEqual(['a', 'b', 'c~d', 'é']);
  expect(await client.apps.list('b')).toMatchObject([{ name: 'b', version: '1' }]);
  for (const query of ['cursor=x', 'limit=0', `limit=${String(LIMITS.appsPageMax + 1)}`, 'limit=x'])
    expect((await here.ask('GET', `/runner/v1/apps?${query}`)).status, query).toBe(400);
});
