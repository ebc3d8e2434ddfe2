import { expect, test } from 'vitest';

import { decide, type EngineFacts } from '../../scripts/setup/docker-engine.js';

/** A bare machine: nothing is there, and everything can be installed. */
const BARE: EngineFacts = {
  hasClient: false,
  answer: undefined,
  refusal: '',
  engineElsewhere: undefined,
  hasDaemon: false,
  isRoot: true,
  noApt: undefined,
};
const NO_ROOT = { isRoot: false, noApt: 'only root can install packages' };

test.each<[string, Partial<EngineFacts>, string, string]>([
  ['an engine that answers is used as it is', { answer: '27.1' }, 'present', 'version 27.1'],
  ['a bare machine gets one from apt', {}, 'missing', 'apt-get install docker.io'],
  [
    'an installed engine is started, not installed again',
    { hasClient: true, hasDaemon: true },
    'missing',
    'start dockerd',
  ],
  [
    'a client without a daemon gets the daemon',
    { hasClient: true },
    'missing',
    'apt-get install docker.io',
  ],
  [
    'an engine the user chose is never replaced',
    { hasClient: true, hasDaemon: true, engineElsewhere: 'tcp://build:2375' },
    'unobtainable',
    'tcp://build:2375',
  ],
  [
    'a socket the user may not use is no reason to install another',
    { ...NO_ROOT, hasClient: true, hasDaemon: true, refusal: 'permission denied while …' },
    'unobtainable',
    'group docker',
  ],
  [
    'starting a daemon is left to root',
    { ...NO_ROOT, hasClient: true, hasDaemon: true },
    'unobtainable',
    'only root can start it',
  ],
  ['installing is left to root', NO_ROOT, 'unobtainable', 'only root can install'],
  [
    'a machine without apt says so',
    { noApt: 'this machine has no apt-get' },
    'unobtainable',
    'no apt-get',
  ],
])('%s', (_title, facts, state, detail) => {
  const look = decide({ ...BARE, ...facts });
  expect(look.state).toBe(state);
  expect(look.detail).toContain(detail);
});
