import type { CreatedFacts, EventBody, RunEvent, RunOptions } from '../../src/runner/index.ts';

/** Run options as the command line gives them when nothing is said. */
export const plainOptions: RunOptions = {
  engine: 'docker',
  pull: 'never',
  build: false,
  network: 'none',
  user: { uid: 1000, gid: 1000 },
  readOnlyRoot: true,
  stopGraceMs: 1000,
  environment: {},
  mounts: [],
};

/** The facts a run starts with, for a small Boutiques app. */
export const createdFacts = (changes: Partial<CreatedFacts> = {}): CreatedFacts => ({
  app: {
    name: 'demo',
    version: '1',
    dialect: 'boutiques-0.5',
    descriptorPath: '/apps/demo/descriptor.json',
    descriptorText: '{}',
    descriptorSha256: 'ab'.repeat(32),
  },
  parameters: [],
  folders: {},
  options: plainOptions,
  callerFolder: '/home/ada',
  runnerVersion: '0.1.0',
  host: 'bench',
  user: 'ada',
  ...changes,
});

/** Numbers event bodies into a run's log. */
export const eventsOf = (bodies: readonly EventBody[], runId = 'run-1'): RunEvent[] =>
  bodies.map((body, index) => ({
    ...body,
    runId,
    seq: index + 1,
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
  }));
