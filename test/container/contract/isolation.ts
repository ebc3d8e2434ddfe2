import { createServer, type AddressInfo } from 'node:net';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

import { temporaryFolder } from '../../support/temporary-folder.ts';
import { contractTest, type Clauses } from './contract-test.ts';
import type { Subject } from './subject.ts';

const ROOT = { uid: 0, gid: 0 };
/** A folder that is root's own: root without capabilities may do there what its owner may. */
const WRITE_TO_ROOT = ['write', '/etc/new.txt', 'x'];

/** Whether an app reaches a server of this machine. */
async function reaches(subject: Subject, network: 'none' | 'host'): Promise<boolean> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const { exit } = await subject.run(['connect', '127.0.0.1', String(port)], { network });
  server.close();
  return exit.exitCode === 0;
}

/** An app can do only what it was allowed. */
export const isolationClauses = {
  user: [
    contractTest('it has the uid and gid it was given', async (subject) => {
      expect(await subject.report()).toMatchObject(subject.user);
    }),

    contractTest('files that it makes belong to that user', async (subject) => {
      await using folder = await temporaryFolder();
      await chmod(folder.path, 0o777);
      await subject.run(['write', '/out/made.txt', 'x'], {
        mounts: [{ source: folder.path, target: '/out', readOnly: false }],
      });
      const { stat } = await import('node:fs/promises');
      expect(await stat(join(folder.path, 'made.txt'))).toMatchObject(subject.user);
    }),
  ],

  capabilities: [
    contractTest('it has no capability and can gain none', async (subject) => {
      expect(await subject.report()).toMatchObject({
        capabilities: '0000000000000000',
        noNewPrivileges: true,
      });
    }),

    contractTest('also root has none', async (subject) => {
      expect(await subject.report([], { user: ROOT })).toMatchObject({
        capabilities: '0000000000000000',
        noNewPrivileges: true,
      });
    }),

    contractTest('it can make no device', async (subject) => {
      await using folder = await temporaryFolder();
      await chmod(folder.path, 0o777);
      const mounts = [{ source: folder.path, target: '/out', readOnly: false }];
      const { exit } = await subject.run(['device', '/out/null'], { mounts });
      expect(exit.exitCode).not.toBe(0);
    }),
  ],

  'read-only-root': [
    contractTest('nobody writes to its root file system', async (subject) => {
      expect((await subject.run(WRITE_TO_ROOT)).exit.exitCode).not.toBe(0);
      expect((await subject.report()).rootReadOnly).toBe(true);
    }),

    contractTest('root writes to it only where it was loosened', async (subject) => {
      expect((await subject.run(WRITE_TO_ROOT, { user: ROOT })).exit.exitCode).not.toBe(0);
      const loosened = await subject.run(WRITE_TO_ROOT, { user: ROOT, readOnlyRoot: false });
      expect(loosened.exit.exitCode).toBe(0);
    }),
  ],

  'read-only-inputs': [
    contractTest('it cannot write to what is mounted read-only', async (subject) => {
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
    }),
  ],

  'network-off': [
    contractTest('without a network it reaches nothing, not even this machine', async (subject) => {
      expect(await reaches(subject, 'none')).toBe(false);
      expect((await subject.report()).interfaces).toBe('lo');
    }),

    contractTest('a network that was granted is there', async (subject) => {
      expect(await reaches(subject, 'host')).toBe(true);
    }),
  ],
} as const satisfies Clauses;

/** What is seen where one of these is declared not kept. */
export const notIsolated: Clauses = {
  user: [
    contractTest('it has another user than it was given', async (subject) => {
      const { uid, gid } = await subject.report([], { user: { uid: 54321, gid: 54321 } });
      expect([uid, gid]).not.toEqual([54321, 54321]);
    }),
  ],
  'read-only-root': [
    contractTest('its root file system is not read-only', async (subject) => {
      expect((await subject.report()).rootReadOnly).toBe(false);
    }),
  ],
  'network-off': [
    contractTest('it reaches this machine although it was given no network', async (subject) => {
      expect(await reaches(subject, 'none')).toBe(true);
    }),
  ],
};
