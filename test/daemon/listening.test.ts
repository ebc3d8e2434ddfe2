import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';

import { addressFault } from '../../src/daemon/access/address-fault.ts';
import { admittedUrl, parseUrlRules } from '../../src/daemon/url-inputs/url-rules.ts';
import { cli } from '../support/cli.ts';
import { plainApp } from '../support/plain-app.ts';
import { startTestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

test('an address where another program listens, or that is not of this machine, is told with what to try', async () => {
  await using home = await temporaryFolder();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const env = { CYTO_RUN_ENGINE: 'process' };
  const taken = await cli(['serve', '--listen', `127.0.0.1:${port}`], { home: home.path, env });
  other.close();
  expect(taken).toMatchObject({ exitCode: 69 });
  expect(taken.stderr).toContain(`127.0.0.1:${port}: another program listens there already`);
  expect(taken.stderr).toContain('--listen');
  expect(taken.stderr).not.toContain('    at ');
  const elsewhere = addressFault(Object.assign(new Error(), { code: 'EADDRNOTAVAIL' }), {
    ...{ host: '2001:db8::1', port: 80 },
  });
  expect(elsewhere).toMatchObject({
    code: 'address-unusable',
    message: 'the server cannot listen on [2001:db8::1]:80: it is no address of this machine',
  });
  const low = Object.assign(new Error(), { code: 'EACCES' });
  expect(addressFault(low, { host: '127.0.0.1', port: 80 })?.hint).toContain('1024');
  expect(addressFault(new TypeError('ours'), { host: '127.0.0.1', port: 80 })).toBeUndefined();
});

test('every line of a log that is no terminal is JSON, from the start to the end', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({
    ...{ home: home.path, env: { CYTO_RUN_ENGINE: 'process' } },
  });
  await server.request('POST', '/runs', { body: { descriptor: plainApp('true'), hold: true } });
  await server.kill('SIGTERM');
  const lines = server.story().trimEnd().split('\n');
  const told = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(told).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^runs are kept in /),
      expect.stringMatching(/^stopped; apps that run go on/),
    ]),
  );
});

test.each([
  ['http://127.0.0.1:8991/a/b.tif?signed=1', 'http://127.0.0.1:8991'],
  ['https://example.org/a.tif', 'example.org'],
  ['https://example.org:8443/a.tif', 'example.org:8443'],
  ['http://[::1]:80/a.tif', 'http://[::1]'],
])('the hint for %s names the entry that allows it', (url, entry) => {
  expect(() => admittedUrl(url, parseUrlRules([], []))).toThrow(
    expect.objectContaining({
      hint: expect.stringContaining(`${JSON.stringify(entry)} in serve.urls.hosts`) as unknown,
    }),
  );
  // What is said is what helps: another sentence is told of it, or none.
  try {
    admittedUrl(url, parseUrlRules([entry], ['127.0.0.0/8']));
  } catch (error) {
    expect(String(error)).not.toContain('is not on a host');
  }
});

test('a URL in place of a file is told as one where no server fetches it', async () => {
  await using home = await temporaryFolder();
  await writeFile(`${home.path}/app.json`, JSON.stringify(plainApp('cat [FILE]')));
  const { exitCode, stderr } = await cli(['app.json', '--file', 'https://example.org/a.tif'], {
    home: home.path,
    env: { CYTO_RUN_ENGINE: 'process' },
  });
  expect(exitCode).toBe(66);
  expect(stderr).toContain('is a URL: only a server fetches those');
  expect(stderr).toContain('--server ADDRESS');
  expect(stderr).not.toContain('does not exist');
  await writeFile(`${home.path}/values.json`, '{"file": {"url": "https://example.org/a.tif"}}');
  const object = await cli(['app.json', '--invocation', 'values.json'], { home: home.path });
  expect(object.stderr).toContain('should be a path or, for a server, a URL, as a text');
});
