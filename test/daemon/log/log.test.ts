import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openLog } from '../../../src/daemon/log/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const clock = new ManualClock();

test('a line is one JSON object with its time, level, facts and sentence, on the disk when it was said', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'logs', 'server.log');
  const log = await openLog({ level: 'info', pretty: false, file, clock });
  log.info({ runId: 'run-1' }, 'the run has ended\nwith a line feed');
  log.debug('not told');
  expect(readFileSync(file, 'utf8')).toBe(
    '{"level":"info","at":"2026-03-01T10:00:00.000Z","runId":"run-1","msg":"the run has ended\\nwith a line feed"}\n',
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('for people a line is a line of text', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'server.log');
  const log = await openLog({ level: 'warn', pretty: true, file, clock });
  log.warn({ runId: 'run-1' }, 'the disk is full');
  expect(readFileSync(file, 'utf8')).toMatch(/WARN.*the disk is full.*run-1/);
});
