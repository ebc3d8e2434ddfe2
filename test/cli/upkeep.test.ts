import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { openStore } from '../../src/store/index.ts';
import { cli } from '../support/cli.ts';
import { createdFacts } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

/** Every command is a start of Node. */
vi.setConfig({ testTimeout: 120_000 });

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

test('a webhook is tested by its id, its name in the configuration or its address, and what comes back is told', async () => {
  await using folder = await temporaryFolder();
  await using receiver = await webhookReceiver();
  const { path: home } = folder;
  const secret = `whsec_${Buffer.from('s'.repeat(32)).toString('base64')}`;
  const lab = `lab: { url: "${receiver.url}", secret: ${secret} }`;
  await writeFile(join(home, 'cyto-run.yaml'), `serve:\n  webhooks: { ${lab} }\n`);
  const options = { home, env: { CYTO_RUN_WEBHOOK_NETWORKS: '127.0.0.0/8' } };
  const type = (...args: string[]): ReturnType<typeof cli> =>
    cli(['webhooks', 'test', ...args], options);
  expect(await type('lab')).toMatchObject({
    exitCode: 0,
    stdout: 'lab took it: it answered 204\n',
  });
  const { body, headers } = receiver.received[0]!;
  expect(new Webhook(secret).verify(body, headers)).toMatchObject({
    type: 'cyto-run.webhook.test',
    data: { endpointId: 'lab' },
  });
  const added = await cli(['webhooks', 'add', '--url', receiver.url], options);
  const [id = ''] = added.stdout.split('\n');
  expect((await type(id)).exitCode).toBe(0);
  receiver.behave(503);
  const refused = await type(receiver.url, '--json');
  expect(refused.exitCode).toBe(69);
  expect(JSON.parse(refused.stdout)).toMatchObject({
    error: {
      code: 'webhook-failed',
      message: `the webhook ${receiver.url} was not told: it answered 503`,
    },
  });
  expect(receiver.received).toHaveLength(3);
  for (const [given, exitCode, said] of [
    ['none', 66, 'there is no webhook "none"'],
    ['http://user:pw@lab.example/', 64, 'the webhook cannot be used'],
    ['http://169.254.169.254/', 69, 'may not be asked'],
  ] as const) {
    const result = await type(given);
    expect(result.exitCode, given).toBe(exitCode);
    expect(result.stderr).toContain(said);
  }
});

test('a sweep says what it would remove, then removes just that, and keeps what has not ended', async () => {
  await using folder = await temporaryFolder();
  const { path: home } = folder;
  // It lives while the commands run: what it has not ended is not settled by them.
  using store = openStore({ folder: home, clock: systemClock });
  for (const runId of ['run-1', 'run-2', 'run-3']) store.create(runId, createdFacts());
  for (const runId of ['run-1', 'run-2'])
    store.append(runId, [{ type: 'state', state: 'CANCELED' }]);
  await mkdir(join(home, 'runs', 'run-1', 'out'), { recursive: true });
  await writeFile(join(home, 'runs', 'run-1', 'out', 'a.txt'), 'x'.repeat(5_000));
  const options = { home, env: { CYTO_RUN_SERVE_KEEP_RUNS: '2' } };
  const runs = async (): Promise<string[]> => {
    const { stdout } = await cli(['runs', '--json'], { home });
    return (JSON.parse(stdout) as { runs: { runId: string }[] }).runs.map(({ runId }) => runId);
  };
  const would = await cli(['sweep', '--dry-run'], options);
  expect(would).toMatchObject({ exitCode: 0, stderr: '' });
  expect(would.stdout).toMatch(/^would remove run-1: .*\n1 runs, .* are kept\n$/);
  expect((await runs()).sort()).toEqual(['run-1', 'run-2', 'run-3']);
  const swept = await cli(['sweep', '--json'], options);
  expect(JSON.parse(swept.stdout)).toMatchObject({ removed: [{ runId: 'run-1' }] });
  expect((await runs()).sort()).toEqual(['run-2', 'run-3']);
  expect(existsSync(join(home, 'runs', 'run-1'))).toBe(false);
  const nothing = await cli(['sweep'], { home });
  expect(nothing.stderr).toContain('every run is kept');
  expect((await runs()).sort()).toEqual(['run-2', 'run-3']);
});
