import { beforeAll, expect, test } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { cli } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { probeImage } from '../support/probe-image.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROBE = new URL('../../apps/probe/descriptor.json', import.meta.url).pathname;
const verbs = (...words: string[]): string[] =>
  words.flatMap((word) => ['--param', `verbs=${word}`]);

describeWith('docker', 'a run that is tried again', () => {
  beforeAll(probeImage);

  test('after it ran out of memory gets twice as much, and keeps both logs to the byte', async () => {
    await using home = await temporaryFolder();
    const app = verbs(
      'all-bytes',
      'then',
      'memory',
      '100000000',
      '0',
      'then',
      'write',
      'a.txt',
      'x',
    );
    const limits = ['--memory', '64m', '--retry-memory', '1g'];
    const run = await cli([PROBE, ...app, ...limits, '--json'], { home: home.path });
    const record = JSON.parse(run.stdout) as RunRecord;
    expect(run.exitCode).toBe(0);
    expect(record).toMatchObject({
      state: 'COMPLETE',
      container: { attempt: 2, limits: { memoryBytes: 128 * 2 ** 20 } },
      attempts: [
        {
          attempt: 1,
          failure: { code: 'out-of-memory' },
          limits: { memoryBytes: 64 * 2 ** 20 },
          logs: { stdoutBytes: 256 },
        },
      ],
      outputs: [{ path: 'a.txt' }],
    });
    const logs = ['1', '2'].map((attempt) =>
      cli(['logs', '--attempt', attempt, '--stream', 'stdout'], { home: home.path }),
    );
    const [first, second] = await Promise.all(logs);
    expect(first?.stdout).toBe(second?.stdout);
    expect((await cli(['show'], { home: home.path })).stdout).toMatch(
      /Earlier attempts[^]*1 +out-of-memory/,
    );
  }, 600_000);

  test('is not, when its app failed by itself or ran out of memory and nobody asked', async () => {
    await using home = await temporaryFolder();
    for (const [app, code] of [
      [verbs('exit', '3'), 'app-exit'],
      [verbs('memory', '100000000', '0'), 'out-of-memory'],
    ] as const) {
      const run = await cli([PROBE, ...app, '--memory', '64m', '--retries', '3', '--json'], {
        home: home.path,
      });
      const record = JSON.parse(run.stdout) as RunRecord;
      expect(record.failure?.code).toBe(code);
      expect(record.attempts).toBeUndefined();
    }
  }, 600_000);
});
