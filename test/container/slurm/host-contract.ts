import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import type { Clock } from '../../../src/base/clock.ts';
import {
  gathered,
  textOf,
  type AwaitedEvents,
  type HostAnswer,
  type HostStep,
  type SlurmHost,
} from '../../../src/container/slurm/host.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export interface HostUnderTest {
  readonly host: SlurmHost;
  readonly clock: Clock;
  /** A new empty folder there. */
  readonly folder: string;
  /** Lets the host's time pass until the work is done. */
  readonly settle: <Result>(work: Promise<Result>) => Promise<Result>;
}

const NAME = 'two words é $(id)';

/** Every promise of `SlurmHost` as a test. `programs`: it also runs any program, not Slurm's alone. */
export function hostContract(
  name: string,
  setUp: () => Promise<HostUnderTest>,
  programs: 'runs programs' | 'runs none',
): void {
  const ask = async (
    { host, settle }: HostUnderTest,
    ...steps: readonly HostStep[]
  ): Promise<readonly (HostAnswer | undefined)[]> => settle(host.ask(steps, { timeoutMs: 20_000 }));
  const text = (answer: HostAnswer | undefined): string => textOf(answer!);

  describe(`${name} as a cluster's host`, { timeout: 600_000 }, () => {
    test('a file is written, read from any offset on, and told when it is missing', async () => {
      const there = await setUp();
      const path = `${there.folder}/${NAME}`;
      const [written, whole, piece, behind, missing] = await ask(
        there,
        { do: 'write', path, text: "it's\nä" },
        { do: 'read', path, from: 0, bytesMax: 100 },
        { do: 'read', path, from: 1, bytesMax: 2 },
        { do: 'read', path, from: 50, bytesMax: 2 },
        { do: 'read', path: `${path}.not`, from: 0, bytesMax: 1 },
      );
      expect([written?.exitCode, text(whole), text(piece)]).toEqual([0, "it's\nä", "t'"]);
      expect([behind?.exitCode, behind?.out.length]).toEqual([0, 0]);
      expect(missing?.exitCode).not.toBe(0);
    });

    test('names and small files of a folder come in one answer', async () => {
      const there = await setUp();
      const { folder } = there;
      const [, , , list, some, all, none] = await ask(
        there,
        { do: 'make-folder', path: `${folder}/of files`, fresh: false },
        { do: 'write', path: `${folder}/of files/a`, text: 'b 3\n' },
        { do: 'write', path: `${folder}/of files/c`, text: '' },
        { do: 'list', folder: `${folder}/of files` },
        { do: 'gather', folder: `${folder}/of files`, names: ['x', 'a'] },
        { do: 'gather', folder: `${folder}/of files`, names: 'all' },
        { do: 'list', folder: `${folder}/nowhere` },
      );
      expect(text(list).split('\n').filter(Boolean).sort()).toEqual(['a', 'c']);
      expect([...gathered(some!)]).toEqual([['a', 'b 3\n']]);
      expect(Object.fromEntries(gathered(all!))).toEqual({ a: 'b 3\n', c: '' });
      expect(none?.exitCode).not.toBe(0);
    });

    test('a fresh folder is made once, and a file moved once', async () => {
      const there = await setUp();
      const path = `${there.folder}/deep/${NAME}`;
      const from = `${path}/ticket`;
      const answers = await ask(
        there,
        { do: 'make-folder', path, fresh: true },
        { do: 'make-folder', path, fresh: true },
        { do: 'make-folder', path, fresh: false },
        { do: 'write', path: from, text: '' },
        { do: 'move', from, to: `${path}/taken` },
        { do: 'move', from, to: `${path}/withdrawn` },
        { do: 'remove', path: `${there.folder}/deep` },
        { do: 'remove', path: `${there.folder}/deep` },
      );
      expect(answers.map((answer) => answer?.exitCode === 0)).toEqual([
        true,
        false,
        true,
        true,
        true,
        false,
        true,
        true,
      ]);
      expect(answers[1]?.errors).toMatch(/exist/i);
    });

    test('what stands behind a failed step that stops is not done', async () => {
      const there = await setUp();
      const answers = await ask(
        there,
        { do: 'read', path: `${there.folder}/no`, from: 0, bytesMax: 1 },
        { do: 'read', path: `${there.folder}/no`, from: 0, bytesMax: 1, orStop: true },
        { do: 'write', path: `${there.folder}/late`, text: '' },
      );
      expect(answers.map((answer) => answer !== undefined)).toEqual([true, true, false]);
      const [list] = await ask(there, { do: 'list', folder: there.folder });
      expect(text(list)).not.toContain('late');
    });

    test('waiting ends with what is waited for, or with the time', async () => {
      const there = await setUp();
      const { folder, clock } = there;
      const events: AwaitedEvents = {
        urgent: { folder, names: ['end'] },
        mild: { folder, names: ['beginning'] },
        grow: [{ path: `${folder}/log [1]`, beyondBytes: 2 }],
        lingerMs: 0,
      };
      const waited = async (waitMs: number, text: string, file: string): Promise<number> => {
        const fromMs = clock.monotonicMs();
        await ask(
          there,
          { do: 'write', path: `${folder}/${file}`, text },
          { do: 'await', waitMs, events },
          { do: 'remove', path: `${folder}/${file}` },
        );
        return clock.monotonicMs() - fromMs;
      };
      expect(await waited(700, '12', 'log [1]')).toBeGreaterThanOrEqual(500);
      for (const file of ['end', 'beginning', 'log [1]'])
        expect(await waited(30_000, '123', file)).toBeLessThan(15_000);
    });

    if (programs === 'runs none') return;

    test('a program has exactly its arguments and input, and its answer is whole', async () => {
      const there = await setUp();
      const words = ["it's", '$HOME', 'a\nb', '', '*'];
      const [printed, failed, read, missing, kept, keptFile] = await ask(
        there,
        { do: 'run', argv: ['printf', '<%s>', ...words] },
        { do: 'run', argv: ['sh', '-c', 'echo bad >&2; exit 3'] },
        { do: 'run', argv: ['cat'], stdin: 'in $(id)' },
        { do: 'run', argv: ['no-such-program'] },
        { do: 'run', argv: ['printf', '42'], keep: `${there.folder}/kept` },
        { do: 'read', path: `${there.folder}/kept`, from: 0, bytesMax: 10 },
      );
      expect(text(printed)).toBe(words.map((word) => `<${word}>`).join(''));
      expect([failed?.exitCode, failed?.errors]).toEqual([3, 'bad\n']);
      expect(text(read)).toBe('in $(id)');
      expect(missing?.exitCode).toBe(127);
      expect([text(kept), text(keptFile)]).toEqual(['42', '42']);
    });

    test('bytes that are no text come as they are', async () => {
      const there = await setUp();
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const octal = [...all].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
      const [, answer] = await ask(
        there,
        { do: 'run', argv: ['printf', octal], keep: `${there.folder}/bytes` },
        { do: 'read', path: `${there.folder}/bytes`, from: 0, bytesMax: 1_000 },
      );
      expect(Buffer.from(answer!.out).equals(all)).toBe(true);
    });

    test('a program that takes too long is ended, and what it would have changed of formats is left out', async () => {
      const there = await setUp();
      const [slow, variables] = await there.settle(
        there.host.ask(
          [
            { do: 'run', argv: ['sleep', '20'] },
            { do: 'run', argv: ['env'] },
          ],
          { timeoutMs: 1_000 },
        ),
      );
      expect(slow?.exitCode).toBe(124);
      expect(text(variables)).not.toMatch(/^(SQUEUE_FORMAT|SLURM_TIME_FORMAT)=/m);
    });

    test('files and folders go there and come back, whatever they are called', async () => {
      const there = await setUp();
      await copiesBothWays(there);
    });

    test('a file is not for others to read', async () => {
      const there = await setUp();
      const [, mode] = await ask(
        there,
        { do: 'write', path: `${there.folder}/secret`, text: 's' },
        { do: 'run', argv: ['stat', '-c', '%a', `${there.folder}/secret`] },
      );
      expect(text(mode).trim()).toBe('600');
    });
  });
}

/** A folder with a file of an odd name, and a single file, there and back. */
export async function copiesBothWays({ host, folder, settle }: HostUnderTest): Promise<void> {
  await using here = await temporaryFolder();
  const never = new AbortController().signal;
  await mkdir(join(here.path, 'a b/c'), { recursive: true });
  await writeFile(join(here.path, 'a b/c', NAME), 'content');
  const at = `${folder}/copies é`;
  await settle(host.ask([{ do: 'make-folder', path: at, fresh: false }], { timeoutMs: 20_000 }));
  await settle(host.put(`${here.path}/a b/`, `${at}/whole/`, never));
  await settle(host.put(join(here.path, 'a b/c', NAME), `${at}/one`, never));
  await settle(host.get(`${at}/`, `${here.path}/back/`, never));
  expect(await readFile(join(here.path, 'back/whole/c', NAME), 'utf8')).toBe('content');
  expect(await readFile(join(here.path, 'back/one'), 'utf8')).toBe('content');
}
