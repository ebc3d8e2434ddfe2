import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { cgroupPlaces, makeCgroup } from '../../../src/container/supervised/cgroup.ts';
import { parseStat } from '../../../src/container/supervised/processes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const mount = (root: string, point: string, type: string, options: string): string =>
  `31 23 0:28 ${root} ${point} rw,relatime - ${type} ${type} ${options}`;

test('a process of version 1 lies in a folder for each controller', () => {
  const mounts = [
    mount('/', '/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'),
    mount('/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'),
    mount('/', '/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
  ].join('\n');
  expect(
    cgroupPlaces('4:memory:/user/a\n2:cpu,cpuacct:/\n1:name=systemd:/x\n0::/\n', mounts),
  ).toEqual({
    memory: '/sys/fs/cgroup/memory/user/a',
    cpu: '/sys/fs/cgroup/cpu,cpuacct/',
    cpuacct: '/sys/fs/cgroup/cpu,cpuacct/',
    unified: '/sys/fs/cgroup/unified/',
  });
});

test('a path is taken from the root of its mount, as in a container', () => {
  const mounts = mount('/docker/abc', '/sys/fs/cgroup', 'cgroup2', 'rw');
  expect(cgroupPlaces('0::/docker/abc/inner\n', mounts)).toEqual({
    unified: '/sys/fs/cgroup/inner',
  });
});

test('where nothing is mounted there is no place', () => {
  expect(cgroupPlaces('0::/a\n', '')).toEqual({});
  expect(makeCgroup('x', { pids: 1 }, {})).toBeUndefined();
});

test('version 2: the first of our parents that can be divided is divided; ours, which holds us, is not', async () => {
  await using folder = await temporaryFolder();
  const slice = join(folder.path, 'user.slice');
  const own = join(slice, 'session.scope');
  await mkdir(own, { recursive: true });
  for (const group of [folder.path, slice, own]) await writeFile(join(group, 'cgroup.procs'), '');
  // A folder of files stands for the kernel's: nothing in it can be limited, so nothing is left in it.
  expect(makeCgroup('job', { pids: 5 }, { unified: own })).toBeUndefined();
  expect([own, slice, folder.path].some((group) => existsSync(join(group, 'job')))).toBe(false);
  await writeFile(join(slice, 'cgroup.subtree_control'), '');
  await makesGroup(slice);
  const made = makeCgroup('job', { pids: 5, memoryBytes: 100, cpus: 0.5 }, { unified: own });
  expect(made).toMatchObject({
    folders: [join(slice, 'job')],
    enforces: { memory: true, swap: true, cpus: true, pids: true },
  });
  expect(await readFile(join(slice, 'job/memory.max'), 'utf8')).toBe('100');
  expect(await readFile(join(slice, 'job/cpu.max'), 'utf8')).toBe('50000 100000');
});

/** What the kernel would make with the folder. */
async function makesGroup(slice: string): Promise<void> {
  await mkdir(join(slice, 'job'));
  for (const file of ['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'])
    await writeFile(join(slice, 'job', file), '');
}

test('a process is read whatever its name is', () => {
  const line = '17 (a) b) (c) S 3 17 16 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 4711 100 5\n';
  expect(parseStat(line)).toEqual({
    pid: 17,
    parent: 3,
    session: 16,
    isZombie: false,
    startTicks: 4711,
  });
  expect(parseStat('')).toBeUndefined();
});
