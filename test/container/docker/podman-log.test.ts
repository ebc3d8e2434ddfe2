import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { OutputChunk, OutputStream } from '../../../src/container/index.ts';
import { PodmanLogReader } from '../../../src/container/docker/podman-log.ts';

const TIME = '2026-11-22T03:00:44.993155642+00:00';

/** As conmon writes: whole lines as F, what is no whole line as P, each followed by a line end. */
function logOf(writes: readonly (readonly [OutputStream, Uint8Array])[]): Buffer {
  const lines: Buffer[] = [];
  for (const [stream, bytes] of writes)
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(10, at);
      const piece = end < 0 ? bytes.subarray(at) : bytes.subarray(at, end);
      lines.push(
        Buffer.from(`${TIME} ${stream} ${end < 0 ? 'P' : 'F'} `),
        Buffer.from(piece),
        Buffer.from('\n'),
      );
      at = end < 0 ? bytes.length : end + 1;
    }
  return Buffer.concat(lines);
}

const bytesOf = (chunks: readonly OutputChunk[], stream: OutputStream): Buffer =>
  Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map(({ bytes }) => bytes));

test('any bytes on both streams are read as they were written, wherever the file is cut', () => {
  const write = fc.tuple(
    fc.constantFrom<OutputStream>('stdout', 'stderr'),
    fc
      .array(fc.oneof(fc.constant(10), fc.constant(32), fc.nat(255)), { maxLength: 60 })
      .map((bytes) => Uint8Array.from(bytes)),
  );
  const writes = fc.array(write, { maxLength: 8 });
  fc.assert(
    fc.property(writes, fc.array(fc.nat(40), { maxLength: 30 }), (written, cuts) => {
      const log = logOf(written);
      const reader = new PodmanLogReader();
      const chunks: OutputChunk[] = [];
      let at = 0;
      for (const cut of [...cuts, log.length]) {
        chunks.push(...reader.read(log.subarray(at, at + cut)));
        at = Math.min(log.length, at + cut);
      }
      for (const stream of ['stdout', 'stderr'] as const)
        expect(bytesOf(chunks, stream)).toEqual(
          Buffer.concat(written.filter(([name]) => name === stream).map(([, bytes]) => bytes)),
        );
    }),
    { numRuns: 300 },
  );
});

test('what is no line of a log is left out, and the rest is read', () => {
  const log = Buffer.from(
    `torn line\n\n${TIME} stdin F x\n${TIME} stdout F kept\n${TIME} stdout F not yet`,
  );
  expect(bytesOf(new PodmanLogReader().read(log), 'stdout').toString()).toBe('kept\n');
});
