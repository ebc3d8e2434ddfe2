import type { ContainerSpec } from '../../src/container/index.ts';

/** A container of which nothing is asked. */
export const PLAIN_SPEC: ContainerSpec = {
  name: 'cyto-run-a-1',
  runId: 'a',
  attempt: 1,
  ownerLabel: 'o',
  image: '/',
  entrypoint: 'image',
  argv: [],
  environment: {},
  workingDirectory: '/',
  user: 'image',
  mounts: [],
  readOnlyRoot: true,
  network: 'none',
  limits: { pids: 10 },
};
