import { expect, test } from 'vitest';

import type { EngineInfo } from '../../../src/container/index.ts';
import { limitationsFor, limitationsOf } from '../../../src/container/slurm/info.ts';

/** As `scontrol show config` words the settings of a cluster that enforces what it can. */
const STRICT: Readonly<Record<string, string>> = {
  SelectTypeParameters: 'CR_CORE_MEMORY',
  TaskPlugin: 'task/affinity,task/cgroup',
  AllowedSwapSpace: '0.0%',
  ConstrainCores: 'yes',
  ConstrainRAMSpace: 'yes',
  ConstrainSwapSpace: 'yes',
};

const limitations = (changes: Readonly<Record<string, string>>): EngineInfo['limitations'] => {
  const lines = Object.entries({ ...STRICT, ...changes }).map((pair) => pair.join(' = '));
  return limitationsOf(lines.join('\n'), false);
};

const declared = (changes: Readonly<Record<string, string>>): Record<string, string> => {
  const { memory, swap, cpus } = limitations(changes);
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

test('whole processors are limited by a cluster that binds them, and only a fraction is told to be rounded', () => {
  const binds = limitations({});
  expect(limitationsFor(binds, { cpus: 2 })).not.toHaveProperty('cpus');
  expect(limitationsFor(binds, { cpus: 0.5 })).toHaveProperty('cpus.kept', 'partly');
  const free = limitations({ ConstrainCores: 'no' });
  expect(limitationsFor(free, { cpus: 2 })).toEqual(free);
});
