import { expect, test } from 'vitest';

import { slurmEngine } from '../../../src/container/slurm/index.ts';
import {
  FakeCluster,
  type CommandFault,
  type FakeClusterOptions,
} from '../../support/fake-cluster.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';
import { PLAIN_SPEC } from '../../support/plain-spec.ts';

const HOUR_MS = 3_600_000;

const LIFE = {
  waitMs: 300_000,
  waitStates: ['PENDING'],
  reason: 'Resources',
  runMs: 20_000,
  runStates: [],
  stdout: ['done'],
  exitCode: 0,
  exitFile: 'written',
  endingMs: 0,
} as const;

type Faults = Pick<FakeClusterOptions, 'commandFault' | 'connectionFault'>;

/** How many questions were in vain while a job was followed to its end, and how it ended. */
async function followed(
  { commandFault, connectionFault }: Faults,
  life = {},
): Promise<{ readonly errors: number; readonly exitCode: number }> {
  const clock = new SimulatedClock();
  let errors = 0;
  let isFollowed = false;
  const cluster = new FakeCluster({
    clock,
    lifeOf: () => ({ ...LIFE, ...life }),
    commandFault: (...asked) => (isFollowed ? commandFault?.(...asked) : undefined),
    connectionFault: (...asked) => (isFollowed ? connectionFault?.(...asked) : undefined),
  });
  const engine = slurmEngine(
    { name: 'fake', host: 'local', workFolder: '/w', sharedFileSystem: true },
    {
      clock,
      host: cluster,
      resolveImage: () => Promise.reject(new Error('no image is asked for')),
      onPollError: () => (errors += 1),
    },
  );
  const container = await clock.run(
    engine.start(PLAIN_SPEC, new AbortController().signal),
    HOUR_MS,
  );
  isFollowed = true;
  const { exitCode } = await clock.run(container.wait(), HOUR_MS);
  return { errors, exitCode };
}

/** The first so many questions by that command go wrong so. */
function first(
  count: number,
  command: string,
  fault: CommandFault,
): NonNullable<Faults['commandFault']> {
  let asked = 0;
  return (name): CommandFault | undefined =>
    name === command && asked++ < count ? fault : undefined;
}

test('questions that are answered are no errors', async () => {
  expect(await followed({})).toMatchObject({ errors: 0, exitCode: 0 });
});

test.each(['error', 'timeout', 'garbage'] as const)(
  'each answer of a scheduler that is none counts: %s',
  async (fault) => {
    const told = await followed({ commandFault: first(2, 'squeue', fault) });
    expect(told).toMatchObject({ errors: 2, exitCode: 0 });
  },
);

test('each time the host is out of reach counts', async () => {
  let drops = 0;
  const told = await followed({
    connectionFault: () => (drops++ < 3 ? 'before' : undefined),
  });
  expect(told).toMatchObject({ errors: 3, exitCode: 0 });
});

test('a cluster without accounting answers so, which is no error', async () => {
  const asked: string[] = [];
  const told = await followed(
    {
      commandFault: (command) => {
        asked.push(command);
        return command === 'sacct' ? 'disabled' : undefined;
      },
    },
    { exitFile: 'missing', exitCode: 3 },
  );
  expect(asked).toContain('sacct');
  expect(told).toMatchObject({ errors: 0 });
});
