import { expect, test, vi } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { openStore } from '../../src/store/index.ts';
import { plainApp } from '../support/plain-app.ts';
import { createdFacts, plainOptions } from '../support/run-values.ts';
import { serverHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

test('a run of a dead process that the start of a server settles is counted', async () => {
  await using folder = await temporaryFolder();
  {
    using dead = openStore({ folder: folder.path, clock: systemClock });
    const facts = createdFacts({ options: { ...plainOptions, engine: 'process' } });
    const descriptorText = JSON.stringify(plainApp('true', { name: 'app' }));
    const app = { ...facts.app, descriptorText, dialect: 'boutiques-0.5' } as const;
    dead.create('run-1', { ...facts, app, parameters: [] });
    dead.append('run-1', [{ type: 'state', state: 'INITIALIZING' }]);
  }
  await using here = await serverHere(folder.path);
  const { state } = here.store.read('run-1');
  expect(state).toBe('SYSTEM_ERROR');
  const { text } = await here.ask('GET', '/metrics');
  expect(text).toContain('cytorun_runs_ended_total{state="SYSTEM_ERROR"} 1\n');
});
