import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { octalEscaped, probeLog } from '../../support/probe-log.ts';
import { endOf, Subject, untilSaid, type EngineUnderTest } from './subject.ts';

const LOG_BYTES = 3_000_000;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The engine keeps the bytes itself, so that a process that was not there reads them again. */
export function logCopyContract(setUp: () => Promise<EngineUnderTest>): void {
  let subject: Subject;
  beforeAll(async () => {
    subject = await Subject.of(setUp);
  });

  test('any bytes are read again as they were written, and behind any offsets', async () => {
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 2_000 });
    const written = fc.sample(fc.tuple(bytes, bytes), { numRuns: 6, seed: 7 });
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
  });

  test('a log of megabytes is read again whole after its first reader was lost midway', async () => {
    await using container = await subject.start(['log', 'both', String(LOG_BYTES)]);
    let readBytes = 0;
    for await (const { bytes } of container.output()) {
      readBytes += bytes.length;
      if (readBytes > 100_000) break;
    }
    const found = await subject.another().find(container.name);
    const { stdout, stderr, exit } = await endOf(found!);
    expect(exit.exitCode).toBe(0);
    const expected = sha256(probeLog(LOG_BYTES));
    expect([sha256(stdout), sha256(stderr)]).toEqual([expected, expected]);
  });

  test('a running app is followed from an offset to its end', async () => {
    await using container = await subject.start([
      ...['out', 'ready\n', 'then', 'sleep', '1', 'then', 'out', 'partial', 'then', 'exit', '6'],
    ]);
    await untilSaid(container, 'ready');
    const found = await subject.another().find(container.name);
    expect(found?.phase).toBe('running');
    const { stdout, exit } = await endOf(found!, { stdout: 6, stderr: 0 });
    expect(stdout.toString()).toBe('partial');
    expect(exit.exitCode).toBe(6);
  });
}
