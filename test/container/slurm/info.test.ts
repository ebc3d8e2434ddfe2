import { expect, test } from 'vitest';

import { limitationsOf } from '../../../src/container/slurm/info.ts';

/** As `scontrol show config` words the settings of a cluster that enforces what it can. */
const STRICT: Readonly<Record<string, string>> = {
  SelectTypeParameters: 'CR_CORE_MEMORY',
  TaskPlugin: 'task/affinity,task/cgroup',
  AllowedSwapSpace: '0.0%',
  ConstrainCores: 'yes',
  ConstrainRAMSpace: 'yes',
  ConstrainSwapSpace: 'yes',
};

const declared = (changes: Readonly<Record<string, string>>): Record<string, string> => {
  const lines = Object.entries({ ...STRICT, ...changes }).map((pair) => pair.join(' = '));
  const { memory, swap, cpus } = limitationsOf(lines.join('\n'), false);
  return Object.fromEntries(
    Object.entries({ memory, swap, cpus }).flatMap(([name, limitation]) =>
      limitation === undefined ? [] : [[name, limitation.kept]],
    ),
  );
};

test.each([
  ['enforces all', {}, { cpus: 'partly' }],
  ['binds no processors', { ConstrainCores: 'no' }, { cpus: 'not' }],
  ['limits memory but not swap', { ConstrainSwapSpace: 'no' }, { swap: 'not', cpus: 'partly' }],
  [
    'lets jobs swap beyond their memory',
    { AllowedSwapSpace: '50.0%' },
    { swap: 'not', cpus: 'partly' },
  ],
  ['does not limit memory', { ConstrainRAMSpace: 'no' }, { memory: 'not', cpus: 'partly' }],
  ['does not count memory', { SelectTypeParameters: 'CR_CORE' }, { memory: 'not', cpus: 'partly' }],
  [
    'has no control groups',
    { TaskPlugin: 'task/none' },
    { memory: 'not', swap: 'not', cpus: 'not' },
  ],
])('a cluster that %s is declared so', (_title, changes, expected) => {
  expect(declared(changes)).toEqual(expected);
});
