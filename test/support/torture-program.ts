import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { torture } from '../torture/torture.ts';
import { ownDocker } from './own-docker.ts';

/* `npm run torture -- --kills 1000 --seed 1`: prints what became of it; exit code 1 when anything does not hold. */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    report: { type: 'string' },
  },
});

const print = (fd: number, line: string): void => {
  writeSync(fd, `${line}\n`);
};

await using docker = await ownDocker({ liveRestore: true });
const home = mkdtempSync(join(tmpdir(), 'cyto-run-torture-'));
const isDisk =
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512m,mode=700', 'tmpfs', home]).status === 0;
const report = await torture({
  kills: Number(values.kills),
  seed: Number(values.seed),
  home,
  fillsDisk: isDisk,
  docker,
  say: (line) => {
    print(1, line);
  },
});
print(1, JSON.stringify(report, null, 2));
if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(report, null, 2));
if (report.faults.length > 0) print(2, `kept for a look: ${home}`);
else {
  if (isDisk) spawnSync('umount', ['--lazy', home]);
  if (isDisk) rmdirSync(home);
  else rmSync(home, { recursive: true });
}
process.exitCode = report.faults.length === 0 ? 0 : 1;
