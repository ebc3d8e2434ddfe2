import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import type { BenchContext } from './bench-context.ts';
import type { Argv } from './command.ts';
import type { Figure, Skipped } from './figure.ts';
import { race } from './start-rows.ts';

const IMAGE = 'cyto-run/probe:1';

/** A whole run of a trivial app under Apptainer, against Apptainer's own command with the same walls around it. */
export async function apptainerRow(context: BenchContext): Promise<readonly (Figure | Skipped)[]> {
  const row = 'apptainer';
  const sif = join(context.folder, 'probe.sif');
  try {
    execFileSync('apptainer', ['--silent', 'build', sif, `docker-daemon:${IMAGE}`], {
      env: context.env,
    });
  } catch {
    return [{ row, skipped: 'there is no Apptainer that makes the image here' }];
  }
  const ours = context.cytoRun(
    join(context.root, 'apps/probe/descriptor.json'),
    ...['--engine', 'apptainer', '--use-image', sif, '--param', 'verbs=argv'],
  );
  const walls = ['--containall', '--cleanenv', '--no-privs', '--net', '--network', 'none'];
  const theirs: Argv = ['apptainer', '--silent', 'run', ...walls, sif, 'argv'];
  return [
    await race(context, {
      row,
      name: 'cyto-run / apptainer run',
      ours,
      theirs,
      rounds: 25,
      target: { kind: 'at most', value: 1.5 },
    }),
  ];
}
