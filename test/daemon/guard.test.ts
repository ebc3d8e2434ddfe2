import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { InFlight } from '../../src/daemon/guard/in-flight.ts';
import { readTls } from '../../src/daemon/guard/tls.ts';
import { serverHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('who sends too much is told when to come again, by name, and others are answered', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'server.yaml');
  writeFileSync(file, 'serve:\n  rate: 5\n');
  await using here = await serverHere(folder.path, { CYTO_RUN_CONFIG: file });
  const [ada, eve] = [here.token('ada', 'read'), here.token('eve', 'read')];
  const statuses: number[] = [];
  for (let time = 0; time < 7; time += 1)
    statuses.push((await here.ask('GET', '/runner/v1/apps', { token: ada })).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  const refused = await here.ask('GET', '/runner/v1/apps', { token: ada });
  expect(refused.body).toMatchObject({ code: 'rate-limited' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await here.ask('GET', '/runner/v1/apps', { token: eve })).status).toBe(200);
});

test('wrong tokens are not even refused any more after twenty, and a right one is let in', async () => {
  await using folder = await temporaryFolder();
  await using here = await serverHere(folder.path);
  const ada = here.token('ada', 'read');
  const wrong = async (): Promise<number> =>
    (await here.ask('GET', '/runner/v1/apps', { token: 'wrong' })).status;
  const statuses: number[] = [];
  for (let time = 0; time < 22; time += 1) statuses.push(await wrong());
  expect(statuses.slice(0, 20)).toEqual(Array<number>(20).fill(401));
  expect(statuses.slice(20)).toEqual([429, 429]);
  expect((await here.ask('GET', '/runner/v1/apps', { token: ada })).status).toBe(200);
});

test('so many requests of one caller are open at a time, each place is given back once', () => {
  const inFlight = new InFlight();
  const places = [inFlight.enter('ada', 2), inFlight.enter('ada', 2)];
  expect(inFlight.enter('ada', 2)).toBeUndefined();
  expect(inFlight.enter('eve', 2)).toBeDefined();
  places[0]?.[Symbol.dispose]();
  places[0]?.[Symbol.dispose]();
  expect(inFlight.enter('ada', 2)).toBeDefined();
  expect(inFlight.enter('ada', 2)).toBeUndefined();
});

test('TLS files that cannot be used together are told at the start', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'a.pem');
  expect(readTls(undefined, undefined)).toBeUndefined();
  expect(() => readTls(file, undefined)).toThrow(/both/);
  expect(() => readTls(file, file)).toThrow(/cannot be read/);
  writeFileSync(file, 'no PEM');
  expect(() => readTls(file, file)).toThrow(/not PEM/);
});

test('a server that others could reach does not start without tokens, or without TLS', async () => {
  await using folder = await temporaryFolder();
  const listen = { CYTO_RUN_LISTEN: '0.0.0.0:0' };
  await expect(serverHere(folder.path, listen)).rejects.toThrow(/anybody could run anything/);
  {
    await using here = await serverHere(folder.path);
    here.token('root', 'admin');
  }
  await expect(serverHere(folder.path, listen)).rejects.toThrow(/without TLS/);
});
