import { describe, expect, test } from 'vitest';

import { arrayGroups } from '../../../src/container/slurm/array-groups.ts';
import { batchScript } from '../../../src/container/slurm/batch-script.ts';
import { schedulerOptions, sbatchArguments } from '../../../src/container/slurm/options.ts';
import type { ContainerSpec } from '../../../src/container/index.ts';

const spec = (changes: Partial<ContainerSpec> = {}): ContainerSpec => ({
  name: 'n',
  runId: 'r',
  attempt: 1,
  ownerLabel: 'o',
  image: '/i.sif',
  entrypoint: 'image',
  argv: ['--key', 'SECRET'],
  environment: { TOKEN: 'SECRET' },
  workingDirectory: '/',
  user: 'image',
  mounts: [],
  readOnlyRoot: true,
  network: 'none',
  limits: { pids: 10 },
  ...changes,
});

const scheduling = (options: Record<string, string>): Partial<ContainerSpec> => ({
  scheduling: { options, excludedNodes: [] },
});

describe('what the scheduler is asked for', () => {
  test('limits become its options, rounded up to what it counts in', () => {
    const asked = spec({
      limits: { pids: 10, memoryBytes: 1.5 * 2 ** 20 + 1, cpus: 1.2, gpus: 2 },
      scheduling: { options: {}, excludedNodes: [], timeLimitMs: 61_000 },
    });
    expect(schedulerOptions(asked, {})).toEqual({
      'cpus-per-task': '2',
      gres: 'gpu:2',
      mem: '2M',
      time: '2',
    });
  });

  test('the run’s own options win over the limits, and these over the cluster’s', () => {
    const asked = spec({
      limits: { pids: 1, memoryBytes: 2 ** 30 },
      ...scheduling({ partition: 'b' }),
    });
    const cluster = { defaultOptions: { partition: 'a', mem: '1G', qos: 'q' } };
    expect(schedulerOptions(asked, cluster)).toEqual({ mem: '1024M', partition: 'b', qos: 'q' });
  });

  test('two ways of asking for one thing never stand side by side', () => {
    const cluster = { defaultOptions: { mem: '1G', gres: 'gpu:1' } };
    const asked = spec(scheduling({ 'mem-per-cpu': '2G', gpus: '1' }));
    expect(schedulerOptions(asked, cluster)).toEqual({ 'mem-per-cpu': '2G', gpus: '1' });
  });

  test.each([
    'job-name',
    'output',
    'array',
    'export',
    'wrap',
    '--partition',
    '-p',
    'A',
    'wait',
    '',
  ])('the option %j cannot be given', (name) => {
    expect(() => schedulerOptions(spec(scheduling({ [name]: 'x' })), {})).toThrow(
      expect.objectContaining({ code: 'engine-refused', details: { option: name } }) as Error,
    );
  });

  test('bad nodes are left out, a flag has no value, and no word shows a secret', () => {
    const asked = spec({ scheduling: { options: { exclusive: '' }, excludedNodes: ['n1', 'n2'] } });
    const words = sbatchArguments(
      asked,
      { workFolder: '/w' },
      { jobName: 'j', words: '/50%/words' },
    );
    expect(words).toEqual(
      expect.arrayContaining(['--exclusive', '--exclude=n1,n2', '--output=/50%%/words']),
    );
    expect(words.join(' ')).not.toContain('SECRET');
    expect(batchScript(['n'], '/w/jobs')).not.toContain('SECRET');
  });

  test('jobs that ask for the same go together, in pieces that the cluster takes', () => {
    const big = spec({ name: 'big', limits: { pids: 1, memoryBytes: 2 ** 33 } });
    const small = Array.from({ length: 5 }, (_, at) => spec({ name: `s${at}` }));
    const groups = arrayGroups([small[0]!, big, ...small.slice(1)], {}, 2);
    expect(groups.map((group) => group.map(({ name }) => name))).toEqual([
      ['s0', 's1'],
      ['s2', 's3'],
      ['s4'],
      ['big'],
    ]);
  });
});
