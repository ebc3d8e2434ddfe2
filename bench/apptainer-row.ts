import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../src/base/clock.ts';
import { apptainerEngine } from '../src/container/apptainer/index.ts';
import { executeRun } from '../src/runner/index.ts';
import { newRunId, openStore } from '../src/store/index.ts';
import type { BenchContext } from './bench-context.ts';
import { Timed, type Argv } from './command.ts';
import { compare } from './compare.ts';
import type { Figure, Skipped } from './figure.ts';
import { preparedProbe } from './prepared-probe.ts';
import { race } from './start-rows.ts';

const IMAGE = 'cyto-run/probe:1';

/**
 * A whole run of a trivial app under Apptainer, against Apptainer's own command with the same walls
 * around it: in a process that is up, as a batch and the processing server run it, and by the command
 * line, whose own start comes on top.
 */
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
    await inOneProcess(context, sif, theirs),
    await race(context, {
      row,
      name: 'the command cyto-run / apptainer run',
      ours,
      theirs,
      rounds: 25,
      target: { kind: 'at most', value: 1.5 },
    }),
  ];
}

async function inOneProcess(context: BenchContext, sif: string, theirs: Argv): Promise<Figure> {
  const folder = await mkdtemp(join(context.folder, 'apptainer-'));
  using store = openStore({ folder, clock: systemClock });
  const engine = apptainerEngine({
    folder: join(folder, 'engine'),
    cacheFolder: join(folder, 'images'),
  });
  const prepared = preparedProbe(context.root, { engine: 'apptainer', imageOverride: sif });
  const never = new AbortController().signal;
  const ports = { engine, journal: store, clock: systemClock, observer: {} };
  const run = async (): Promise<number> => {
    const began = performance.now();
    const record = await executeRun(
      { ...prepared, runId: newRunId(systemClock) },
      { ...ports, ownerLabel: store.dataId },
      { stop: never, kill: never },
    );
    if (record.state !== 'COMPLETE') throw new Error(`a run ended as ${record.state}`);
    return performance.now() - began;
  };
  const bare = new Timed(theirs, { env: context.env, cwd: context.folder });
  for (let warmUp = 0; warmUp < 2; warmUp += 1) await Promise.all([run(), bare.sample()]);
  return await compare({
    row: 'apptainer',
    name: 'a recorded run in a process that is up / apptainer run',
    unit: 'ms',
    ours: run,
    against: bare.sample,
    rounds: context.isQuick ? 5 : 40,
    secondsMax: context.secondsMax,
    target: { kind: 'at most', value: 1.5 },
  });
}
