import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import type { RunOptions } from '../../src/runner/index.ts';
import { newRunId, openStore } from '../../src/store/index.ts';
import { cli } from '../support/cli.ts';
import { exampleRun } from '../support/example-run.ts';
import { createdFacts, plainOptions } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROBE = new URL('../../apps/probe/descriptor.json', import.meta.url).pathname;

/** Leaves a run behind that was asked of an engine by a process that has died. */
function orphan(
  home: string,
  options: Partial<RunOptions> = {},
  descriptorText = readFileSync(PROBE, 'utf8'),
): string {
  using store = openStore({ folder: home, clock: systemClock });
  const runId = newRunId(systemClock);
  const { container } = exampleRun('RUNNING');
  if (container === undefined) throw new Error('the example has a container');
  const { app } = createdFacts();
  store.create(runId, {
    ...createdFacts({ options: { ...plainOptions, ...options } }),
    app: { ...app, descriptorPath: PROBE, descriptorText },
  });
  store.append(runId, [
    { type: 'state', state: 'INITIALIZING' },
    { type: 'container', ...container },
  ]);
  return runId;
}

const AWAY = 'unix:///nowhere/engine.sock';

test.each([
  { what: 'Docker', options: { engine: 'docker' }, env: { DOCKER_HOST: AWAY } },
  { what: 'Podman', options: { engine: 'podman' }, env: { CONTAINER_HOST: AWAY } },
  { what: 'a cluster', options: { engine: 'slurm', cluster: 'taken-down' }, env: {} },
] as const)(
  'a run whose engine is away ($what) is left as it is, and every command works',
  async (given) => {
    await using home = await temporaryFolder();
    const runId = orphan(home.path, given.options);
    for (const command of ['runs', 'show']) {
      const { exitCode, stdout } = await cli([command, '--json'], {
        home: home.path,
        env: { ...given.env },
      });
      expect([exitCode, stdout.includes(runId), stdout.includes('INITIALIZING')]).toEqual([
        0,
        true,
        true,
      ]);
    }
  },
);

test('a run whose descriptor this version does not understand keeps no command from working', async () => {
  await using home = await temporaryFolder();
  const runId = orphan(home.path, {}, '{ "schema-version": "9.9" }');
  const listed = await cli(['runs', '--json'], { home: home.path, env: { DOCKER_HOST: AWAY } });
  expect([listed.exitCode, listed.stdout.includes(runId)]).toEqual([0, true]);
});

test('a run whose chosen engine does not answer fails, and names the others that are here', async () => {
  await using home = await temporaryFolder();
  const env = { DOCKER_HOST: AWAY, CONTAINER_HOST: AWAY };
  const { exitCode, stderr } = await cli([PROBE, '--param', 'verbs=exit'], {
    home: home.path,
    env,
  });
  expect(exitCode).toBe(69);
  expect(stderr).toContain('engine-unavailable');
  expect(stderr).toMatch(/also here: podman.*--engine podman/);
});
