import { createServer, type AddressInfo } from 'node:net';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

import { temporaryFolder } from '../../support/temporary-folder.ts';
import { ORDINARY_USER, Subject, type EngineUnderTest } from './subject.ts';

const MEBIBYTE = 2 ** 20;

/** An app can do only what it was allowed, and take only what it was given. */
export function isolationContract(setUp: () => Promise<EngineUnderTest>): void {
  let subject: Subject;
  beforeAll(async () => {
    subject = await Subject.of(setUp);
  });

  test('it has the uid and gid it was given', async () => {
    expect(await subject.report()).toMatchObject(ORDINARY_USER);
  });

  test('it has no capability and can gain none, whoever it is', async () => {
    expect(await subject.report([], { user: { uid: 0, gid: 0 } })).toMatchObject({
      capabilities: '0000000000000000',
      noNewPrivileges: true,
    });
  });

  test('its root file system is read-only unless it was loosened', async () => {
    const root = { uid: 0, gid: 0 };
    const write = ['write', '/new.txt', 'x'];
    expect((await subject.run(write, { user: root })).exit.exitCode).not.toBe(0);
    const loosened = await subject.run(write, { user: root, readOnlyRoot: false });
    expect(loosened.exit.exitCode).toBe(0);
  });

  test('it cannot write to what is mounted read-only', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'input.txt');
    await writeFile(file, 'input');
    await chmod(file, 0o666);
    await chmod(folder.path, 0o777);
    const mounts = [{ source: folder.path, target: '/in', readOnly: true }];
    for (const verb of [
      ['write', '/in/input.txt', 'changed'],
      ['write', '/in/new.txt', 'x'],
      ['remove', '/in/input.txt'],
    ])
      expect((await subject.run(verb, { mounts })).exit.exitCode).not.toBe(0);
    expect(await readFile(file, 'utf8')).toBe('input');
  });

  test('it can make no device', async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o777);
    const { exit } = await subject.run(['device', '/out/null'], {
      mounts: [{ source: folder.path, target: '/out', readOnly: false }],
      user: { uid: 0, gid: 0 },
    });
    expect(exit.exitCode).not.toBe(0);
  });

  test('without a network it reaches nothing, not even this machine', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const connect = ['connect', '127.0.0.1', String(port)];
    const { exit } = await subject.run(connect);
    const granted = await subject.run(connect, { network: 'host' });
    server.close();
    expect(exit.exitCode).not.toBe(0);
    expect(granted.exit.exitCode).toBe(0);
    expect((await subject.report()).interfaces).toBe('lo');
  });

  test('over its memory limit it is ended, and that is told from a crash', async () => {
    const limits = { pids: 200, memoryBytes: 48 * MEBIBYTE };
    const { exit } = await subject.run(['memory', String(200 * MEBIBYTE), '0'], { limits });
    expect(exit).toMatchObject({ exitCode: 137, outOfMemory: true });
    const within = await subject.run(['memory', String(8 * MEBIBYTE), '0'], { limits });
    expect(within.exit).toMatchObject({ exitCode: 0, outOfMemory: false });
  });

  test('an app that lost only a child to the limit, and coped, did not run out of memory', async () => {
    const limits = { pids: 200, memoryBytes: 48 * MEBIBYTE };
    const { exit } = await subject.run(
      ['try', 'memory', String(200 * MEBIBYTE), '0', 'then', 'exit', '0'],
      { limits },
    );
    expect(exit).toMatchObject({ exitCode: 0, outOfMemory: false });
  });

  test('its limits are those it was given', async () => {
    const limits = { pids: 77, memoryBytes: 64 * MEBIBYTE, cpus: 0.5 };
    const report = await subject.report([], { limits });
    expect(report.memoryLimit).toBe(String(64 * MEBIBYTE));
    expect(report.cpuQuota).toMatch(/^50000( 100000)?$/);
    expect(report.pidsLimit).toBe('77');
  });

  test('it cannot start more processes than it may', async () => {
    const { exit, stdout } = await subject.run(['fork', '100'], { limits: { pids: 30 } });
    expect(exit.exitCode).toBe(11);
    expect(Number(/forked (\d+) of 100/.exec(stdout.toString())?.[1])).toBeLessThan(30);
  });
}
