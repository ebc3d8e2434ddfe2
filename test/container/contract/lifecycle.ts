import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, vi } from 'vitest';

import { startEngineProgram } from '../../support/child-program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { contractTest, type Clauses } from './contract-test.ts';
import { endOf, never, untilSaid, type Subject } from './subject.ts';

const READY_AND_SLEEP = ['out', 'ready\\n', 'then', 'sleep', '600'];
const DEAF = ['ignore-term', 'then', ...READY_AND_SLEEP];

/** A program whose grandchild, out of its session and deaf to SIGTERM, beats into a file until it is killed. */
const BEATING = [
  '/bin/sh',
  '-c',
  `setsid sh -c 'cd "$1"; trap "" TERM HUP; while :; do echo beat >>beats; sleep 0.05; done' sh "$1" &
   while ! [ -s "$1/beats" ]; do sleep 0.05; done
   echo ready
   wait`,
  'sh',
];

async function startBeating(subject: Subject, folder: string): ReturnType<Subject['start']> {
  await chmod(folder, 0o777);
  const target = subject.seenAt(folder, '/out');
  const container = await subject.start([...BEATING, target], {
    entrypoint: 'replaced',
    mounts: [{ source: folder, target, readOnly: false }],
  });
  await untilSaid(container, 'ready');
  return container;
}

/** It beat every 50 ms: silence for ten times that is its end. */
async function beatsStop(folder: string): Promise<void> {
  const isSilent = async (): Promise<boolean> =>
    Date.now() - (await stat(join(folder, 'beats'))).mtimeMs > 500;
  await vi.waitUntil(isSilent, { timeout: 60_000 });
}

/** A container is stopped, found and removed; nothing is left of it. */
export const lifecycleClauses = {
  stop: [
    contractTest('SIGTERM lets an app end its own way, within the grace', async (subject) => {
      await using container = await subject.start(['on-term', '5', 'then', ...READY_AND_SLEEP]);
      await untilSaid(container, 'ready');
      await container.stop(60_000);
      expect((await container.wait()).exitCode).toBe(5);
    }),

    contractTest('an app that ignores SIGTERM is killed after the grace', async (subject) => {
      await using container = await subject.start(DEAF);
      await untilSaid(container, 'ready');
      await container.stop(200);
      expect((await container.wait()).exitCode).toBe(137);
    }),

    contractTest(
      'a grace of nothing kills at once, also while another grace runs',
      async (subject) => {
        await using container = await subject.start(DEAF);
        await untilSaid(container, 'ready');
        const patient = container.stop(90_000);
        await container.stop(0);
        await patient;
        expect((await container.wait()).exitCode).toBe(137);
      },
    ),

    contractTest(
      'a kill ends all it started, also what left its session and ignores SIGTERM',
      async (subject) => {
        await using folder = await temporaryFolder();
        await using container = await startBeating(subject, folder.path);
        await container.stop(0);
        await container.wait();
        await beatsStop(folder.path);
      },
    ),

    contractTest('stopping what has ended changes nothing', async (subject) => {
      await using container = await subject.start(['exit', '3']);
      await container.wait();
      await container.stop(0);
      await container.stop(1_000);
      expect((await container.wait()).exitCode).toBe(3);
    }),

    contractTest('what was written before a kill is kept', async (subject) => {
      await using container = await subject.start(READY_AND_SLEEP);
      const output = await untilSaid(container, 'ready');
      await container.stop(0);
      expect((await output.next()).done).toBe(true);
    }),
  ],

  init: [
    contractTest(
      'SIGTERM ends an app that has no handler for it, long before the grace is over',
      async (subject) => {
        await using container = await subject.start(READY_AND_SLEEP);
        await untilSaid(container, 'ready');
        await container.stop(90_000);
        expect((await container.wait()).exitCode).toBe(143);
      },
    ),
  ],

  find: [
    contractTest(
      'a process that never met it finds it by name, running and ended',
      async (subject) => {
        await using container = await subject.start(READY_AND_SLEEP);
        await untilSaid(container, 'ready');
        const running = await subject.another().find(container.name);
        expect(running).toMatchObject({ phase: 'running', name: container.name, id: container.id });
        await running?.stop(0);
        const ended = await subject.another().find(container.name);
        expect(ended?.phase).toBe('exited');
        expect((await ended?.wait())?.exitCode).toBe(137);
      },
    ),

    contractTest('a running app is followed from an offset to its end', async (subject) => {
      await using container = await subject.start([
        ...['out', 'ready\\n', 'then', 'sleep', '1', 'then', 'out', 'partial', 'then', 'exit', '6'],
      ]);
      await untilSaid(container, 'ready');
      const found = await subject.another().find(container.name);
      const { stdout, exit } = await endOf(found!, { stdout: 6, stderr: 0 });
      expect(stdout.toString()).toBe('partial');
      expect(exit.exitCode).toBe(6);
    }),

    contractTest(
      'it goes on when the process that started it is killed, and is adopted: no byte lost, its end known',
      async (subject) => {
        const spec = subject.spec([
          ...['out', 'early\\n', 'then', 'err', 'cry\\n', 'then', 'sleep', '1.5'],
          ...['then', 'all-bytes', 'then', 'out', 'late', 'then', 'exit', '9'],
        ]);
        await using program = await startEngineProgram(subject.opener, spec);
        expect(program.said).toBe('early');
        await program.kill();
        await using adopted = await subject.another().find(spec.name);
        expect(adopted).toBeDefined();
        const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        const { stdout, stderr, exit } = await endOf(adopted!, { stdout: 3, stderr: 4 });
        expect(stdout).toEqual(Buffer.concat([Buffer.from('ly\n'), all, Buffer.from('late')]));
        expect(stderr).toEqual(all);
        expect(exit.exitCode).toBe(9);
      },
    ),

    contractTest(
      'one that ended while nobody looked is found with its output and its end',
      async (subject) => {
        const spec = subject.spec([
          'out',
          'early\\n',
          'then',
          'err',
          'last words',
          'then',
          'exit',
          '7',
        ]);
        await using program = await startEngineProgram(subject.opener, spec);
        await program.kill();
        await using adopted = await subject.another().find(spec.name);
        const { stdout, stderr, exit } = await endOf(adopted!);
        expect([stdout.toString(), stderr.toString(), exit.exitCode]).toEqual([
          'early\n',
          'last words',
          7,
        ]);
      },
    ),

    contractTest(
      'what a killed process started can be stopped and removed by another',
      async (subject) => {
        const spec = subject.spec(['out', 'early\\n', 'then', 'sleep', '600']);
        await using program = await startEngineProgram(subject.opener, spec);
        await program.kill();
        const adopted = await subject.another().find(spec.name);
        await adopted?.stop(0);
        expect((await adopted?.wait())?.exitCode).toBe(137);
        await adopted?.[Symbol.asyncDispose]();
        expect(await subject.engine.find(spec.name)).toBeUndefined();
      },
    ),

    contractTest('a name nobody has is found nowhere', async ({ engine }) => {
      expect(await engine.find('cyto-run-nobody-1')).toBeUndefined();
    }),

    contractTest('two of one name are refused, and the first goes on', async (subject) => {
      const spec = subject.spec(['out', 'first', 'then', 'sleep', '1']);
      await using first = await subject.engine.start(spec, never());
      await expect(subject.another().start(spec, never())).rejects.toMatchObject({
        code: 'engine-refused',
      });
      expect((await endOf(first)).stdout.toString()).toBe('first');
    }),

    contractTest('a data directory sees its own containers and no others', async (subject) => {
      const mineOnly = `${subject.ownerLabel} of one test`;
      const other = `${subject.ownerLabel} of somebody else`;
      const label = { ownerLabel: mineOnly };
      await using mine = await subject.start(['sleep', '600'], { ...label, attempt: 2 });
      await using ended = await subject.start(['exit', '0'], label);
      await using theirs = await subject.start(['exit', '0'], { ownerLabel: other });
      await ended.wait();
      const listed = await subject.another().list(mineOnly);
      expect(Object.fromEntries(listed.map(({ name, ...rest }) => [name, rest]))).toMatchObject({
        [mine.name]: { attempt: 2, running: true },
        [ended.name]: { attempt: 1, running: false },
      });
      expect(listed).toHaveLength(2);
      expect((await subject.engine.list(other)).map(({ name }) => name)).toEqual([theirs.name]);
    }),
  ],

  'nothing-left': [
    contractTest('disposing removes it, running or not, and twice is harmless', async (subject) => {
      const label = { ownerLabel: `${subject.ownerLabel} to be removed` };
      const running = await subject.start(['sleep', '600'], label);
      const ended = await subject.start(['exit', '0'], label);
      await ended.wait();
      for (const container of [running, ended]) {
        await container[Symbol.asyncDispose]();
        await container[Symbol.asyncDispose]();
        expect(await subject.another().find(container.name)).toBeUndefined();
      }
      expect(await subject.engine.list(label.ownerLabel)).toEqual([]);
    }),

    contractTest(
      'disposing ends all it started, also what left its session and ignores SIGTERM',
      async (subject) => {
        await using folder = await temporaryFolder();
        const container = await startBeating(subject, folder.path);
        await container[Symbol.asyncDispose]();
        await beatsStop(folder.path);
      },
    ),

    contractTest('a background process does not outlive the program', async (subject) => {
      await using folder = await temporaryFolder();
      await using container = await startBeating(subject, folder.path);
      const ending = await subject.another().find(container.name);
      // Its own end, not a kill: the shell that waits gets SIGTERM and leaves its child behind.
      await ending?.stop(60_000);
      await container.wait();
      await beatsStop(folder.path);
    }),

    contractTest(
      'a reader of an app that is removed meanwhile comes to an end',
      async (subject) => {
        const container = await subject.start(READY_AND_SLEEP);
        const output = await untilSaid(container, 'ready');
        await container[Symbol.asyncDispose]();
        expect((await output.next()).done).toBe(true);
      },
    ),

    contractTest('a run that was stopped before it started leaves nothing', async (subject) => {
      const why = new Error('stopped first');
      const spec = subject.spec(['sleep', '600']);
      await expect(subject.engine.start(spec, AbortSignal.abort(why))).rejects.toBe(why);
      expect(await subject.engine.find(spec.name)).toBeUndefined();
    }),
  ],
} as const satisfies Clauses;
