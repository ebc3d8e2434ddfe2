import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';

import { octalEscaped, probeLog } from '../../support/probe-log.ts';
import { contractTest, type Clauses } from './contract-test.ts';
import { endOf, untilSaid } from './subject.ts';

const LARGE_BYTES = 20_000_000;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const outputClauses = {
  output: [
    contractTest(
      'stdout and stderr arrive apart, whole, also without a last newline',
      async (subject) => {
        const { stdout, stderr } = await subject.run([
          'out',
          'one\\ntwo',
          'then',
          'err',
          'bad\\nworse',
        ]);
        expect({ stdout: stdout.toString(), stderr: stderr.toString() }).toEqual({
          stdout: 'one\ntwo',
          stderr: 'bad\nworse',
        });
      },
    ),

    contractTest(
      'bytes that are no UTF-8, NUL among them, arrive as they were written, on both streams',
      async (subject) => {
        const { stdout, stderr } = await subject.run(['all-bytes']);
        const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        expect(stdout.equals(all)).toBe(true);
        expect(stderr.equals(all)).toBe(true);
      },
    ),

    contractTest(
      'any bytes are read again as they were written, and behind any offsets',
      async (subject) => {
        const bytes = fc.uint8Array({ minLength: 0, maxLength: 2_000 });
        const written = fc.sample(fc.tuple(bytes, bytes), { numRuns: 4, seed: 7 });
        for (const [stdout, stderr] of written) {
          await using container = await subject.start([
            ...['out', octalEscaped(stdout), 'then', 'err', octalEscaped(stderr)],
          ]);
          await container.wait();
          const found = await subject.another().find(container.name);
          const whole = await endOf(found!);
          expect(whole.stdout.equals(stdout) && whole.stderr.equals(stderr)).toBe(true);
          const from = { stdout: stdout.length >> 1, stderr: stderr.length };
          const rest = await endOf(found!, from);
          expect(rest.stdout.equals(stdout.subarray(from.stdout))).toBe(true);
          expect(rest.stderr).toHaveLength(0);
        }
      },
    ),

    contractTest('an app that says nothing and ends at once is not missed', async (subject) => {
      const { stdout, stderr, exit } = await subject.run(['exit', '0']);
      expect([stdout.length, stderr.length, exit.exitCode]).toEqual([0, 0, 0]);
    }),

    contractTest('lines of each stream come in the order they were written', async (subject) => {
      const { stdout, stderr } = await subject.run(['interleave', '300']);
      const lines = (word: string): string =>
        Array.from({ length: 300 }, (_, line) => `${word} ${line + 1}\n`).join('');
      expect(stdout.toString()).toBe(lines('out'));
      expect(stderr.toString()).toBe(lines('err'));
    }),

    contractTest(
      'output is there while the app runs, not only when it has ended',
      async (subject) => {
        await using container = await subject.start(['out', 'partial', 'then', 'sleep', '600']);
        await untilSaid(container, 'partial');
        expect((await subject.another().find(container.name))?.phase).toBe('running');
      },
    ),

    contractTest('a reader that takes its time loses nothing', async (subject) => {
      await using container = await subject.start(['log', 'stdout', '5000000']);
      const pieces: Uint8Array[] = [];
      for await (const { bytes } of container.output()) {
        pieces.push(bytes);
        await new Promise(setImmediate);
      }
      expect(Buffer.concat(pieces).equals(probeLog(5_000_000))).toBe(true);
    }),

    contractTest(
      'twenty megabytes on both streams at once arrive whole, and are read again whole',
      async (subject) => {
        await using container = await subject.start(['log', 'both', String(LARGE_BYTES)]);
        const expected = sha256(probeLog(LARGE_BYTES));
        const live = await endOf(container);
        expect([sha256(live.stdout), sha256(live.stderr)]).toEqual([expected, expected]);
        const found = await subject.another().find(container.name);
        const again = await endOf(found!);
        expect([sha256(again.stdout), sha256(again.stderr)]).toEqual([expected, expected]);
      },
    ),

    contractTest(
      'a log is read again whole after its first reader was lost midway',
      async (subject) => {
        await using container = await subject.start(['log', 'both', '3000000']);
        let readBytes = 0;
        for await (const { bytes } of container.output()) {
          readBytes += bytes.length;
          if (readBytes > 100_000) break;
        }
        const found = await subject.another().find(container.name);
        const { stdout, stderr, exit } = await endOf(found!);
        expect(exit.exitCode).toBe(0);
        const expected = sha256(probeLog(3_000_000));
        expect([sha256(stdout), sha256(stderr)]).toEqual([expected, expected]);
      },
    ),
  ],
} as const satisfies Clauses;
