import { execFile } from 'node:child_process';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  readdir,
  readFile,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { runScript } from '../../src/container/slurm/batch-script.ts';
import { parseJobExit } from '../../src/container/slurm/job-exit.ts';
import { jobFiles, workFolder } from '../../src/container/slurm/layout.ts';
import type { RunRecord } from '../../src/runner/index.ts';
import { describeWith } from '../support/needs.ts';
import { PROBE_SIF_GIVEN, probeSif } from '../support/probe-sif.ts';
import type { FileReport } from '../support/run-test-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const REPOSITORY = new URL('../..', import.meta.url).pathname;
const NOBODY = 65_534;

/** A /dev with all that programs expect there but for what mounts images: its folder is the first argument. */
const WITHOUT_FUSE = `bare=$1; shift
mount -t tmpfs -o mode=755 none "$bare" || exit
for name in null zero full random urandom tty; do
  : >"$bare/$name" && mount --bind "/dev/$name" "$bare/$name" || exit
done
for name in pts shm; do mkdir "$bare/$name" && mount --bind "/dev/$name" "$bare/$name" || exit; done
ln -s /proc/self/fd "$bare/fd"
for name in 0:stdin 1:stdout 2:stderr; do ln -s "fd/\${name%:*}" "$bare/\${name#*:}"; done
mount --move "$bare" /dev || exit
exec "$@"`;

interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody who is not root, in a place of their own from where the repository can be read, wherever it is. */
class OrdinaryUser {
  readonly folder: string;
  readonly sif: string;
  readonly uid: number;
  /** What makes the machine as this user finds it: words before those of a command. */
  #surroundings: readonly string[] = [];

  private constructor(folder: string, uid: number) {
    this.folder = folder;
    this.uid = uid;
    this.sif = join(folder, 'probe.sif');
  }

  static async in(folder: string, uid = NOBODY): Promise<OrdinaryUser> {
    const user = new OrdinaryUser(folder, uid);
    await copyFile(await probeSif(), user.sif);
    await mkdir(join(folder, 'repository'));
    for (const name of ['home', 'tmp', 'bin']) await mkdir(join(folder, name));
    for (const path of [folder, user.sif, ...['home', 'tmp'].map((name) => join(folder, name))])
      await chown(path, uid, uid);
    await chmod(folder, 0o755);
    return user;
  }

  /** From now on there is no /dev/fuse. */
  async loseFuse(): Promise<void> {
    const bare = join(this.folder, 'dev');
    await mkdir(bare);
    this.#surroundings = ['sh', '-c', WITHOUT_FUSE, 'without-fuse', bare];
  }

  /** Runs a file of the repository with Node. */
  node(file: string, ...args: readonly string[]): Promise<Answer> {
    return this.run(process.execPath, join(this.folder, 'repository', file), ...args);
  }

  /** Runs a command in a mount namespace where the repository lies below the folder. */
  run(...command: readonly string[]): Promise<Answer> {
    const { folder, uid } = this;
    const repository = join(folder, 'repository');
    const script = [
      'mount --bind "$1" "$2" && shift && cd "$1" && shift',
      `exec setpriv --reuid ${uid} --regid ${uid} --clear-groups --inh-caps=-all "$@"`,
    ].join(' && ');
    const path = process.env['PATH'] ?? '';
    const variables = {
      PATH: path,
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      [PROBE_SIF_GIVEN]: this.sif,
    };
    const words = ['env', `PATH=${join(folder, 'bin')}:${path}`, ...command];
    return new Promise((resolve) => {
      execFile(
        'unshare',
        [
          '--mount',
          ...this.#surroundings,
          'sh',
          '-c',
          script,
          'sh',
          REPOSITORY,
          repository,
          ...words,
        ],
        { env: variables, maxBuffer: 64 * 2 ** 20 },
        (error, stdout, stderr) => {
          const exitCode = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
          resolve({ exitCode, stdout, stderr });
        },
      );
    });
  }
}

const isRoot = process.getuid?.() === 0;

describeWith('apptainer', 'Apptainer of an ordinary user', () => {
  test.skipIf(!isRoot)(
    'keeps the contract, but for what it declares',
    async () => {
      await using folder = await temporaryFolder();
      const user = await OrdinaryUser.in(folder.path);
      const file = 'test/container/contract/ordinary-user.ts';
      const { stdout, stderr } = await user.node('test/support/run-test-file.ts', file);
      const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
      expect(lastLine, stderr).toMatch(/^\{/);
      const report = JSON.parse(lastLine) as FileReport;
      expect(report.failures).toEqual([]);
      expect(report.passed).toBeGreaterThan(90);
    },
    240_000,
  );

  test.skipIf(!isRoot)(
    'runs without a network of its own only where none was asked for by name, and says so',
    async () => {
      await using folder = await temporaryFolder();
      const user = await OrdinaryUser.in(folder.path);
      // As where the kernel lets no ordinary user make a name space.
      await writeFile(join(folder.path, 'bin', 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const app = ['apps/probe/descriptor.json', '--engine', 'apptainer', '--param', 'verbs=argv'];
      const image = ['--use-image', user.sif, '--json'];
      const run = await user.node('bin/cyto-run.js', ...app, ...image);
      expect(run.exitCode, run.stderr).toBe(0);
      expect(JSON.parse(run.stdout)).toMatchObject({
        warnings: expect.arrayContaining([
          expect.objectContaining({
            code: 'not-kept-network-off',
            message: expect.stringContaining('may not make a network of its own') as string,
          }),
        ]) as unknown,
      });
      const refused = await user.node('bin/cyto-run.js', ...app, ...image, '--network', 'none');
      expect(JSON.parse(refused.stdout)).toMatchObject({ failure: { code: 'promise-not-kept' } });
    },
    600_000,
  );

  test.skipIf(!isRoot)(
    'runs an unpacked image where there is no FUSE to mount it, and says so',
    async () => {
      await using folder = await temporaryFolder();
      const user = await OrdinaryUser.in(folder.path);
      await user.loseFuse();
      const verbs = ['out', 'unpacked'].flatMap((word) => ['--param', `verbs=${word}`]);
      const app = ['apps/probe/descriptor.json', '--engine', 'apptainer', ...verbs];
      const run = await user.node('bin/cyto-run.js', ...app, '--use-image', user.sif, '--json');
      expect(run.exitCode, run.stderr).toBe(0);
      const record = JSON.parse(run.stdout) as RunRecord;
      const unpacked = expect.objectContaining({ code: 'image-unpacked' }) as unknown;
      const warnings = expect.arrayContaining([unpacked]) as unknown;
      expect(record).toMatchObject({ warnings, logs: { stdoutBytes: 'unpacked'.length } });
      expect((await stat(record.image?.id ?? '')).isDirectory()).toBe(true);
      const again = await user.node('bin/cyto-run.js', 'rerun', 'last', '--json');
      expect(JSON.parse(again.stdout)).toMatchObject({ run: { state: 'COMPLETE', warnings } });
    },
    600_000,
  );

  test.skipIf(!isRoot)(
    'as the owner of a job on a node without FUSE has the image unpacked for the job, and it says so',
    async () => {
      await using folder = await temporaryFolder();
      const user = await OrdinaryUser.in(folder.path);
      await user.loseFuse();
      const work = workFolder(join(folder.path, 'home'));
      const files = jobFiles(work, 'job');
      for (const path of [work.path, work.begun, work.ended, work.jobs, files.folder]) {
        await mkdir(path, { recursive: true });
        await chown(path, user.uid, user.uid);
      }
      const argv = ['apptainer', '--silent', 'run', '--containall', user.sif, 'out', 'unpacked'];
      const plan = { files, argv, environment: {}, image: user.sif, program: '', needed: [] };
      await writeFile(files.run, runScript(plan));
      await writeFile(files.ticket, '');
      const { stderr } = await user.run('/bin/sh', files.run);
      const exit = parseJobExit(await readFile(files.ended, 'utf8'));
      expect(exit?.status, stderr).toMatchObject({
        exitCode: 0,
        warnings: [{ code: 'image-unpacked' }],
      });
      expect(await readFile(files.stdout, 'utf8')).toBe('unpacked');
      expect(await readdir(join(folder.path, 'tmp'))).toEqual([]);
    },
    600_000,
  );

  test.skipIf(!isRoot)('has a name in the record, and be it a number', async () => {
    await using folder = await temporaryFolder();
    const user = await OrdinaryUser.in(folder.path, 54_321);
    const app = ['apps/probe/descriptor.json', '--engine', 'apptainer', '--param', 'verbs=argv'];
    const run = await user.node('bin/cyto-run.js', ...app, '--use-image', user.sif, '--json');
    // Apptainer itself runs nothing for somebody whom the machine does not know.
    expect(JSON.parse(run.stdout)).toMatchObject({ user: '54321', state: 'SYSTEM_ERROR' });
  });
});
