import { describe, expect, test } from 'vitest';

import { apptainerArgv, apptainerEnvironment } from '../../../src/container/apptainer/argv.ts';
import type { ContainerSpec } from '../../../src/container/index.ts';

const SPEC: ContainerSpec = {
  name: 'cyto-run-1-1',
  runId: '1',
  attempt: 1,
  ownerLabel: 'test',
  image: '/images/a.sif',
  entrypoint: 'image',
  argv: ['--help', 'a b'],
  environment: { HOME: '/cyto-run/home', TOKEN: 'secret' },
  workingDirectory: '/cyto-run/work',
  user: { uid: 7, gid: 8 },
  mounts: [
    { source: '/w', target: '/cyto-run/work', readOnly: false },
    { source: '/a "b", c', target: '/in/a:b', readOnly: true },
  ],
  readOnlyRoot: true,
  network: 'none',
  limits: { pids: 10 },
};

describe('the Apptainer command', () => {
  test('it is the whole of what the container may and may not', () => {
    expect(apptainerArgv(SPEC)).toEqual([
      ...['apptainer', '--silent', 'run', '--containall', '--cleanenv', '--no-eval'],
      ...['--no-home', '--home', '/cyto-run/home', '--pwd', '/cyto-run/work'],
      ...['--mount', 'type=bind,"source=/w","destination=/cyto-run/work"'],
      ...['--mount', 'type=bind,"source=/a ""b"", c","destination=/in/a:b",ro'],
      ...['--net', '--network', 'none', '--no-privs', '/images/a.sif', '--help', 'a b'],
    ]);
  });

  test('what loosens it is in it by name', () => {
    const loose = apptainerArgv(
      { ...SPEC, readOnlyRoot: false, network: 'bridge', limits: { pids: 1, gpus: 'all' } },
      { gpuOption: '--rocm', isRoot: true },
    );
    expect(loose).toEqual(expect.arrayContaining(['--writable-tmpfs', '--rocm', 'uid:7', 'gid:8']));
    expect(loose).not.toContain('--net');
  });

  test('a replaced entrypoint is executed and not run', () => {
    expect(apptainerArgv({ ...SPEC, entrypoint: 'replaced' })).toContain('exec');
  });

  test('variables go beside it, where no list of processes shows them', () => {
    expect(apptainerArgv(SPEC).join(' ')).not.toContain('secret');
    expect(apptainerEnvironment(SPEC)).toEqual({ APPTAINERENV_TOKEN: 'secret' });
  });

  test.each(['UID', 'IFS', 'PREPEND_PATH', 'a.b', ''])(
    'a variable that cannot be given is refused by name: %s',
    (name) => {
      expect(() => apptainerEnvironment({ ...SPEC, environment: { [name]: '1' } })).toThrow(
        `the variables ${name}`,
      );
    },
  );

  test('what its options would misread is refused by name', () => {
    expect(() => apptainerArgv({ ...SPEC, environment: { HOME: '/a:b' } })).toThrow('HOME=/a:b');
    const mounts = [{ source: '/a\r\nb', target: '/x', readOnly: true }];
    expect(() => apptainerArgv({ ...SPEC, mounts })).toThrow('"/a\\r\\nb"');
  });
});
