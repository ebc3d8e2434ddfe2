import { expect, test, vi } from 'vitest';

import { startTestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

test('what exhausts a stack or is no time is the request’s fault, and the server goes on', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path });
  const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const bodies = [
    `{"descriptor":${deep(100_000)}}`,
    `{"app":"x","parameters":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    '{"app":"x","deadline":"9999-12-31T23:59:60Z"}',
    '{"app":"x","parameters":{"__proto__":{"a":1}}}',
    '{"app":"x"',
  ];
  for (const body of bodies)
    expect(await server.request('POST', '/runs', { body }), body.slice(0, 60)).toMatchObject({
      status: 400,
      body: { code: 'request-invalid' },
    });
  const leap = await server.request('GET', '/runs?since=9999-12-31T23:59:60Z');
  expect(leap).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
  expect((await server.request('GET', '/runs')).status).toBe(200);
});
