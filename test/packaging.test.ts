import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const UNIT = fileURLToPath(new URL('../packaging/cyto-run.service', import.meta.url));

test('the unit for systemd is one that systemd takes', ({ skip }) => {
  if (!existsSync('/usr/bin/systemd-analyze')) skip('there is no systemd-analyze here');
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', UNIT], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
});
