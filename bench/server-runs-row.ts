import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import Docker from 'dockerode';

import type { BenchContext } from './bench-context.ts';
import { compare } from './compare.ts';
import type { Figure } from './figure.ts';
import { runBatch, served } from './served.ts';
import { bareRun, isolated, mountsIn, runsPerSecond } from './short-runs-row.ts';

const RUNS = 500;
const AT_ONCE = 4;
/** Runs of a sample. */
const BLOCK = 50;
/** Ten blocks of both take minutes where the engine is slow. */
const SECONDS_FACTOR = 8;

/** Many short containers by a server, submitted together, against a loop that only asks the engine. */
export async function serverRunsRow(context: BenchContext): Promise<readonly Figure[]> {
  await using server = await served(context, { slots: AT_ONCE });
  const text = readFileSync(join(context.root, 'apps/probe/descriptor.json'), 'utf8');
  await server.post('/apps', { descriptor: text });
  const docker = new Docker();
  const submission = { app: 'probe', parameters: { verbs: ['argv'] } };
  const ours = async (): Promise<number> => {
    const began = performance.now();
    await runBatch(server, submission, BLOCK);
    return BLOCK / ((performance.now() - began) / 1_000);
  };
  const against = (name: string, options: Docker.ContainerCreateOptions): Promise<Figure> =>
    compare({
      row: 'server-runs',
      name: `${AT_ONCE} at a time: the server / dockerode create, start, wait, remove${name}`,
      unit: 'runs/s',
      ours,
      against: () => runsPerSecond(BLOCK, AT_ONCE, () => bareRun(docker, options)),
      rounds: context.isQuick ? 1 : RUNS / BLOCK,
      secondsMax: context.secondsMax * SECONDS_FACTOR,
      target: { kind: 'at least', value: 0.9 },
      note: () => `blocks of ${BLOCK} runs`,
    });
  return [
    await against('', { HostConfig: { NetworkMode: 'none' } }),
    await against(' of the same container', isolated(await mountsIn(context.folder))),
  ];
}
