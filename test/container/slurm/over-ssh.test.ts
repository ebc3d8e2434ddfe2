import { chmod, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

import { SSH_CONFIG, SSH_HOST } from '../../../scripts/setup/ssh-server.js';
import { systemClock } from '../../../src/base/clock.ts';
import { shellQuote } from '../../../src/base/shell-quote.ts';
import type { ContainerEngine } from '../../../src/container/index.ts';
import { slurmEngine, type SlurmOptions } from '../../../src/container/slurm/index.ts';
import { localHost } from '../../../src/container/slurm/local-host.ts';
import { sshHost } from '../../../src/container/slurm/ssh-host.ts';
import { takeTurn } from '../../support/cluster-turns.ts';
import { cli } from '../../support/cli.ts';
import { CountingHost } from '../../support/counting-host.ts';
import { describeWith, isPresent } from '../../support/needs.ts';
import { probeLog } from '../../support/probe-log.ts';
import { probeSif } from '../../support/probe-sif.ts';
import { resolveImageFile, slurmUnderTest } from '../../support/slurm-engines.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { endOf, never, Subject, untilSaid } from '../contract/subject.ts';

const PROBE = new URL('../../../apps/probe/descriptor.json', import.meta.url).pathname;
const host = { ssh: SSH_HOST, configFile: SSH_CONFIG };
const READY_AND_SLEEP = ['out', 'ready\\n', 'then', 'sleep', '600'];

describeWith('ssh', 'a cluster behind SSH', () => {
  if (isPresent('slurm')) takeTurn('beside');
  describe.runIf(isPresent('slurm'))(
    'with a real scheduler',
    { concurrent: true, timeout: 600_000 },
    () => {
      let subject: Subject;
      let options: SlurmOptions;
      beforeAll(async () => {
        const underTest = await slurmUnderTest({ host });
        options = underTest.options;
        subject = await Subject.of(() => Promise.resolve(underTest));
      });

      test('an app has its output, its end and its node told, and nothing is left of it', async () => {
        const container = await subject.start(['all-bytes', 'then', 'exit', '3']);
        const { stdout, stderr, exit } = await endOf(container);
        const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        expect(stdout.equals(all) && stderr.equals(all)).toBe(true);
        expect(exit).toMatchObject({ exitCode: 3, outOfMemory: false });
        expect(exit.node).toMatch(/./);
        await container[Symbol.asyncDispose]();
        for (const folder of ['jobs', 'begun', 'ended', 'owners'])
          expect(await readdir(join(options.workFolder, folder))).not.toContain(container.name);
      });

      test('a log of megabytes comes whole', async () => {
        const { stdout } = await subject.run(['log', 'stdout', '3000000']);
        expect(stdout.equals(probeLog(3_000_000))).toBe(true);
      });

      test('an app is found by another process, stopped its own way, and removed', async () => {
        const container = await subject.start(['on-term', '5', 'then', ...READY_AND_SLEEP]);
        await untilSaid(container, 'ready');
        await using found = await subject.another().find(container.name);
        expect([found?.phase, found?.id]).toEqual(['running', container.id]);
        await found?.stop(60_000);
        expect((await container.wait()).exitCode).toBe(5);
      });

      test('what an administrator cancels says so', async () => {
        await using container = await subject.start(READY_AND_SLEEP);
        await untilSaid(container, 'ready');
        await localHost(systemClock).ask([{ do: 'run', argv: ['scancel', container.id] }], {
          timeoutMs: 20_000,
        });
        expect((await container.wait()).ending).toMatchObject({ code: 'canceled' });
      });

      test('out of memory is told from a crash', async () => {
        const limits = { pids: 100, memoryBytes: 64 * 2 ** 20 };
        const { exit } = await subject.run(['memory', '900000000', '5'], { limits });
        expect(exit).toMatchObject({ exitCode: 137, outOfMemory: true });
      });

      test('an array of five is one submission', async () => {
        const specs = Array.from({ length: 5 }, (_, task) => subject.spec(['exit', String(task)]));
        const containers = await subject.engine.startMany!(specs, never());
        const ends = await Promise.all(containers.map((container) => container.wait()));
        expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 1, 2, 3, 4]);
        await Promise.all(containers.map((container) => container[Symbol.asyncDispose]()));
      });
    },
  );

  test.runIf(isPresent('slurm'))(
    'without a shared file system inputs and image go there once, and outputs come back',
    async () => {
      const { options, image } = await slurmUnderTest({ host, sharedFileSystem: false });
      await using folder = await temporaryFolder();
      const [input, data, out] = ['in é.txt', 'da ta', 'out'].map((name) =>
        join(folder.path, name),
      );
      await writeFile(input!, 'input');
      await mkdir(join(data!, 'sub'), { recursive: true });
      await writeFile(join(data!, 'sub', "it's odd"), 'data');
      await mkdir(out!);
      await chmod(out!, 0o777);
      const run = async (): Promise<readonly string[]> => {
        const counting = new CountingHost(sshHost(host));
        const engine = slurmEngine(options, { resolveImage: resolveImageFile, host: counting });
        const opener = { module: '', export: '' };
        const subject = await Subject.of(() =>
          Promise.resolve({ engine, another: () => engine, image, opener }),
        );
        await engine.version();
        const { stdout, exit } = await subject.run(
          [
            ...['read', '/in/one', 'then', 'read', "/in/data/sub/it's odd"],
            ...['then', 'write', '/out/made.txt', 'made'],
          ],
          {
            mounts: [
              { source: input!, target: '/in/one', readOnly: true },
              { source: data!, target: '/in/data', readOnly: true },
              { source: out!, target: '/out', readOnly: false },
            ],
          },
        );
        expect([stdout.toString(), exit.exitCode]).toEqual(['inputdata', 0]);
        expect(await readFile(join(out!, 'made.txt'), 'utf8')).toBe('made');
        await rm(join(out!, 'made.txt'));
        return counting.asked;
      };
      const first = await run();
      expect(first.filter((what) => what === 'put')).toHaveLength(3);
      const second = await run();
      expect(second.filter((what) => what === 'put')).toEqual([]);
      expect(besidesWatching(second)).toHaveLength(4);
      expect(await readdir(join(options.workFolder, 'mounts'))).toEqual([]);
      expect((await readdir(folder.path)).sort()).toEqual(['da ta', 'in é.txt', 'out']);
    },
    600_000,
  );

  test.runIf(isPresent('slurm'))(
    'without a shared file system an array brings its image once, and what nobody has used for long goes',
    async () => {
      const { options, image } = await slurmUnderTest({ host, sharedFileSystem: false });
      await using folder = await temporaryFolder();
      const counting = new CountingHost(sshHost(host));
      const open = (): ContainerEngine =>
        slurmEngine(options, { resolveImage: resolveImageFile, host: counting });
      const engine = open();
      const subject = await Subject.of(() =>
        Promise.resolve({ engine, another: open, image, opener: { module: '', export: '' } }),
      );
      const specs = await Promise.all(
        ['one', 'two', 'three'].map(async (text) => {
          const source = join(folder.path, text);
          await writeFile(source, text);
          const mounts = [{ source, target: '/in', readOnly: true }];
          return subject.spec(['read', '/in'], { mounts });
        }),
      );
      const containers = await engine.startMany!(specs, never());
      const ends = await Promise.all(containers.map((container) => endOf(container)));
      expect(ends.map(({ stdout }) => stdout.toString())).toEqual(['one', 'two', 'three']);
      expect(new Set(containers.map(({ id }) => id.split('_')[0])).size).toBe(1);
      expect(counting.asked.filter((what) => what === 'put')).toHaveLength(1 + specs.length);
      await Promise.all(containers.map((container) => container[Symbol.asyncDispose]()));
      const [copies, used] = ['copies', 'used'].map((name) => join(options.workFolder, name));
      const keys = await readdir(copies!);
      expect(keys).toHaveLength(1 + specs.length);
      const [old = '', ...fresh] = keys;
      const longAgo = new Date(Date.now() - 32 * 86_400_000);
      await utimes(join(used!, old), longAgo, longAgo);
      await open().version();
      expect((await readdir(copies!)).sort()).toEqual(fresh.toSorted());
    },
    120_000,
  );

  test.runIf(isPresent('slurm')).each([true, false])(
    'a whole run at the command line crosses the network five times at most, shared files: %s',
    async (shared) => {
      await using home = await temporaryFolder();
      const log = join(home.path, 'asked');
      const script = [
        '#!/bin/sh',
        'for last; do :; done',
        // What is asked again while the job waits and runs is left out: on a loaded machine that is longer.
        `case $last in 'exec /bin/sh -s') input=$(cat); case $input in *'turn=0 turns='*) echo waits ;; *sbatch*) echo asks ;; *squeue* | *scontrol* | *sacct*) echo waits ;; *) echo asks ;; esac >>${shellQuote(log)}; printf '%s\\n' "$input" | /usr/bin/ssh "$@" ;;`,
        `*) echo copies >>${shellQuote(log)}; exec /usr/bin/ssh "$@" ;; esac`,
      ];
      const bin = join(home.path, 'bin');
      await mkdir(bin);
      await writeFile(join(bin, 'ssh'), `${script.join('\n')}\n`, { mode: 0o755 });
      const cluster = {
        host: SSH_HOST,
        'ssh-config': SSH_CONFIG,
        'work-folder': join(home.path, 'work'),
        'shared-file-system': String(shared),
      };
      const settings = JSON.stringify({ clusters: { far: cluster } });
      await writeFile(join(home.path, 'cyto-run.yaml'), settings);
      const run = async (): Promise<readonly string[]> => {
        const words = ['write', 'a.txt', 'x'].flatMap((word) => ['--param', `verbs=${word}`]);
        const { exitCode, stderr } = await cli(
          [PROBE, '--cluster', 'far', '--use-image', await probeSif(), '--out', 'out', ...words],
          { home: home.path, env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } },
        );
        expect(exitCode, stderr).toBe(0);
        expect(await readFile(join(home.path, 'out', 'a.txt'), 'utf8')).toBe('x');
        await rm(join(home.path, 'out'), { recursive: true });
        const asked = (await readFile(log, 'utf8')).trim().split('\n');
        await rm(log);
        return asked;
      };
      // The first brings the image.
      await run();
      const asked = await run();
      const besides = asked.filter((what) => what !== 'waits');
      expect(besides).toEqual(
        shared ? ['asks', 'asks', 'asks'] : ['asks', 'asks', 'copies', 'asks'],
      );
    },
    120_000,
  );

  test.runIf(isPresent('slurm'))(
    'a run crosses the network three times, and once for what it waits for',
    async () => {
      const { options, image } = await slurmUnderTest({ host });
      const counting = new CountingHost(sshHost(host));
      const engine = slurmEngine(options, { resolveImage: resolveImageFile, host: counting });
      const subject = await Subject.of(() =>
        Promise.resolve({
          engine,
          another: () => engine,
          image,
          opener: { module: '', export: '' },
        }),
      );
      await engine.version();
      await subject.run(['out', 'hello', 'then', 'exit', '0']);
      expect(besidesWatching(counting.asked)).toHaveLength(3);
    },
    600_000,
  );
});

/** A loaded machine makes a run longer, and whoever waits longer asks again; the rest is counted. */
const besidesWatching = (asked: readonly string[]): readonly string[] =>
  asked.filter((what) => !what.startsWith('await') && what !== 'squeue');
