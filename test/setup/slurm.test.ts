import { expect, test } from 'vitest';

import { isUnusable } from '../../scripts/setup/slurm-daemons.js';
import { settingsFiles } from '../../scripts/setup/slurm-files.js';
import { decide, type SlurmFacts } from '../../scripts/setup/slurm.js';

/** A bare machine: nothing is there, and everything can be installed. */
const BARE: SlurmFacts = {
  other: undefined,
  answer: undefined,
  complaint: undefined,
  lacking: ['slurmctld', 'slurmd'],
  isRoot: true,
  noApt: undefined,
};
const NO_ROOT = { isRoot: false, noApt: 'only root can install packages' };
const INSTALLED = { lacking: [], answer: '22.05.8' };

test.each<[string, Partial<SlurmFacts>, string, string]>([
  [
    'the cluster a machine belongs to is used as it is',
    { other: '/etc/slurm/slurm.conf', answer: '23.11.4', lacking: ['slurmctld', 'slurmdbd'] },
    'present',
    'version 23.11.4, by /etc/slurm/slurm.conf',
  ],
  [
    'a cluster of somebody else that is down is never replaced by ours',
    { other: '/etc/slurm/slurm.conf' },
    'unobtainable',
    'does not answer',
  ],
  ['a bare machine gets a cluster', {}, 'missing', 'apt-get install slurmctld slurmd'],
  ['our cluster in good order is left alone', INSTALLED, 'present', 'three nodes of our own'],
  [
    'a cluster of ours that is down is started, not installed again',
    { ...INSTALLED, complaint: 'not running: slurmd.node2' },
    'missing',
    'installed, but not running: slurmd.node2',
  ],
  ['a cluster of ours that was never started is', { lacking: [] }, 'missing', 'not running'],
  [
    'starting a cluster is left to root',
    { ...NO_ROOT, ...INSTALLED, complaint: 'not running: munged' },
    'unobtainable',
    'only root can start it',
  ],
  ['installing a cluster is left to root', NO_ROOT, 'unobtainable', 'only root can install'],
])('%s', (_title, facts, state, detail) => {
  const look = decide({ ...BARE, ...facts });
  expect(look.state).toBe(state);
  expect(look.detail).toContain(detail);
});

test.each([
  ['idle', false],
  ['mixed', false],
  ['allocated', false],
  ['completing', false],
  ['drained', true],
  ['draining', true],
  ['down', true],
  ['down*', true],
  ['idle*', true],
  ['unknown', true],
  ['inval', true],
  [undefined, true],
])('a node that is %s is out of service: %s', (state, expected) => {
  expect(isUnusable(state)).toBe(expected);
});

const MACHINE = {
  hostname: 'alpha',
  memoryMib: 9001,
  memoryControl: 'v1',
  swapControl: true,
  processorControl: true,
  systemd: false,
} as const;

test('three nodes share the memory of the machine, each on a port of its own', () => {
  const text = settingsFiles(MACHINE)['etc/slurm.conf']?.text ?? '';
  const nodes = text.split('\n').filter((line) => line.startsWith('NodeName='));
  expect(nodes.map((line) => /RealMemory=(\d+)/.exec(line)?.[1])).toEqual(['3000', '3000', '3000']);
  expect(new Set(nodes.map((line) => /Port=(\d+)/.exec(line)?.[1])).size).toBe(3);
});

test.each([
  ['v1', 'CgroupPlugin=cgroup/v1', 'TaskPlugin=task/cgroup'],
  ['v2', 'IgnoreSystemd=yes', 'TaskPlugin=task/cgroup'],
] as const)('memory is limited by control groups %s', (memoryControl, cgroup, plugin) => {
  const files = settingsFiles({ ...MACHINE, memoryControl });
  expect(files['etc/cgroup.conf']?.text).toContain(cgroup);
  expect(files['etc/slurm.conf']?.text).toContain(plugin);
});

test('swap and processors are limited where the machine can', () => {
  const conf = (machine: Partial<typeof MACHINE> | object): string =>
    settingsFiles({ ...MACHINE, ...machine })['etc/cgroup.conf']?.text ?? '';
  expect(conf({})).toMatch(/^ConstrainSwapSpace=yes\nConstrainCores=yes$/m);
  expect(conf({ swapControl: false, processorControl: false })).not.toMatch(
    /Constrain(Swap|Cores)/,
  );
});

test('a machine that cannot limit memory has a cluster that does not', () => {
  const files = settingsFiles({ ...MACHINE, memoryControl: 'none' });
  expect(files['etc/slurm.conf']?.text).toContain('TaskPlugin=task/none');
});

test('only root reads how the accounting reaches its database', () => {
  expect(settingsFiles(MACHINE)['etc/slurmdbd.conf']?.mode).toBe(0o600);
});
