import { expect, test } from 'vitest';

import { mirrorIn } from '../../scripts/setup/apt-other-suite.js';
import { together } from '../../scripts/setup/apt-queue.js';

test('what is asked for at the same time is installed by one call', async () => {
  const calls: (readonly string[])[] = [];
  const install = together(
    async (packages) => {
      calls.push(packages);
    },
    { gatherMs: 0 },
  );
  await Promise.all([
    install(['podman'], () => {}),
    install(['munge', 'podman'], () => {}),
    install(['skopeo'], () => {}),
  ]);
  expect(calls).toEqual([['podman', 'munge', 'skopeo']]);
});

test('what is asked for while a call is at work waits for it, and goes together too', async () => {
  const calls: (readonly string[])[] = [];
  const { promise: firstDone, resolve: endFirst } = Promise.withResolvers<undefined>();
  const { promise: firstBegun, resolve: beginFirst } = Promise.withResolvers<undefined>();
  const install = together(
    async (packages) => {
      calls.push(packages);
      beginFirst(undefined);
      await firstDone;
    },
    { gatherMs: 0 },
  );
  const first = install(['docker.io'], () => {});
  await firstBegun;
  const rest = Promise.all([install(['podman'], () => {}), install(['munge'], () => {})]);
  await new Promise(setImmediate);
  endFirst(undefined);
  await Promise.all([first, rest]);
  expect(calls).toEqual([['docker.io'], ['podman', 'munge']]);
});

test('a package that cannot be had fails only who asked for it', async () => {
  const install = together(
    async (packages) => {
      if (packages.includes('no-such-package')) throw new Error('unable to locate it');
    },
    { gatherMs: 0 },
  );
  const outcomes = await Promise.allSettled([
    install(['podman'], () => {}),
    install(['no-such-package'], () => {}),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

test.each([
  [
    'http://mirror.example/debian/ Debian main bookworm\nhttp://mirror.example/security/ Debian main bookworm-security',
    'http://mirror.example/debian/',
  ],
  [
    'http://mirror.example/security/ Debian main bookworm-security\nhttp://mirror.example/debian/ Debian main bookworm',
    'http://mirror.example/debian/',
  ],
  ['https://other.example/apt/ Node main nodistro', undefined],
  ['http://mirror.example/ubuntu/ Ubuntu main noble', undefined],
  ['', undefined],
])('the mirror of whole Debian releases in %j is %s', (targets, mirror) => {
  expect(mirrorIn(targets)).toBe(mirror);
});
