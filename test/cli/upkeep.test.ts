import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { openStore } from '../../src/store/index.ts';
import { cli } from '../support/cli.ts';
import { createdFacts } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a backup is taken, put in place of a lost data folder, and knows every run', async () => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  const copy = join(folder.path, 'copy');
  await mkdir(home);
  {
    using store = openStore({ folder: home, clock: systemClock });
    store.create('run-1', createdFacts());
    store.append('run-1', [{ type: 'state', state: 'CANCELED' }]);
  }
  const taken = await cli(['backup', copy], { home });
  expect(taken).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^1 runs, .* in /) as string,
  });
  const again = await cli(['backup', copy], { home });
  expect(again).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('already') as string,
  });
  const listed = await cli(['runs', '--json'], { home: copy });
  expect(JSON.parse(listed.stdout)).toMatchObject({
    runs: [{ runId: 'run-1', state: 'CANCELED' }],
  });
});

test('fsck tells what is wrong, mends it when asked to, and says so by its exit code', async () => {
  await using folder = await temporaryFolder();
  const { path: home } = folder;
  {
    using store = openStore({ folder: home, clock: systemClock });
    store.create('run-1', createdFacts());
    store.append('run-1', [{ type: 'state', state: 'CANCELED' }]);
  }
  await mkdir(join(home, 'runs', 'stray'), { recursive: true });
  const found = await cli(['fsck'], { home });
  expect(found.exitCode).toBe(1);
  expect(found.stdout).toBe('folder  runs/stray: belongs to no run\n');
  expect(found.stderr).toContain('fsck --repair');
  const mended = await cli(['fsck', '--repair', '--json'], { home });
  expect(mended.exitCode).toBe(0);
  expect(JSON.parse(mended.stdout)).toMatchObject({
    flaws: [{ subject: 'runs/stray', repaired: true }],
  });
  expect(await cli(['fsck'], { home })).toMatchObject({
    exitCode: 0,
    stdout: `${home} is sound\n`,
  });
});

test('webhooks are added, listed without their secrets, given new ones and removed', async () => {
  await using folder = await temporaryFolder();
  const { path: home } = folder;
  const added = await cli(['webhooks', 'add', '--url', 'https://lab.example/hook'], { home });
  const [id = '', secret = ''] = added.stdout.split('\n');
  expect(secret).toMatch(/^whsec_/);
  const listed = await cli(['webhooks', '--json'], { home });
  expect(JSON.parse(listed.stdout)).toMatchObject({ webhooks: [{ endpointId: id }] });
  expect(listed.stdout).not.toContain(secret.slice(6));
  const rotated = await cli(['webhooks', 'rotate', id], { home });
  expect(rotated.stdout).toMatch(/^whsec_/);
  expect(rotated.stdout.trim()).not.toBe(secret);
  expect(await cli(['webhooks', 'dead'], { home })).toMatchObject({
    stdout: 'No messages were given up.\n',
  });
  const nothing = await cli(['webhooks', 'replay', '7'], { home });
  expect(nothing).toMatchObject({
    exitCode: 66,
    stderr: expect.stringContaining('there is no delivery 7') as string,
  });
  expect(await cli(['webhooks', 'remove', id], { home })).toMatchObject({ exitCode: 0 });
  expect(await cli(['webhooks', 'replya', id], { home })).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('Did you mean replay?') as string,
  });
});
