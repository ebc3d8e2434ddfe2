import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../../../src/base/clock.ts';
import { localHost } from '../../../src/container/slurm/local-host.ts';
import { FakeCluster } from '../../support/fake-cluster.ts';
import type { Life } from '../../support/fake-job.ts';
import { describeWith } from '../../support/needs.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';
import { commandsContract } from './commands-contract.ts';

/** The few programs of the contract, as the script's text shows them. */
function lifeOf(script: string): Life {
  const exitCode = Number(/exit (\d+)'/.exec(script)?.[1] ?? 0);
  return {
    waitMs: 1_000,
    waitStates: ['PENDING'],
    reason: 'None',
    runMs: script.includes("'sleep' '600'") ? 600_000 : 100,
    runStates: [],
    stdout: script.includes('echo out') ? ['out\n'] : [],
    exitCode,
    exitFile: 'written',
    endingMs: 100,
  };
}

commandsContract('the fake cluster', () => {
  const clock = new SimulatedClock();
  const settle = <Result>(work: Promise<Result>): Promise<Result> => clock.run(work, 3_600_000);
  return Promise.resolve({
    host: new FakeCluster({ clock, lifeOf, accountingLagMs: 2_000 }),
    clock,
    settle,
    workFolder: '/w',
  });
});

describeWith('slurm', 'a real cluster', () => {
  commandsContract('the real cluster', async () => ({
    host: localHost(systemClock),
    clock: systemClock,
    settle: (work) => work,
    workFolder: await mkdtemp(join(tmpdir(), 'cyto-run commands é ')),
  }));
});
