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
const BLOCK_QUICK = 20;
/** Ten blocks of both take minutes where the engine is slow. */
const SECONDS_FACTOR = 8;

/** Many short containers by a server, submitted together, against a loop that only asks the engine. */
export async function serverRunsRow(context: BenchContext): Promise<readonly Figure[]> {
  // A place for each: a machine of two cores would let two begin that ask for one.
  const env = { CYTO_RUN_SERVE_CPUS: String(AT_ONCE) };
  await using server = await served(context, { slots: AT_ONCE, env });
  const block = context.isQuick ? BLOCK_QUICK : BLOCK;
  const text = readFileSync(join(context.root, 'apps/probe/descriptor.json'), 'utf8');
  await server.post('/apps', { descriptor: text });
  const docker = new Docker();
  const submission = { app: 'probe', parameters: { verbs: ['argv'] } };
  const ours = async (): Promise<number> => {
    const began = performance.now();
    await runBatch(server, submission, block);
    return block / ((performance.now() - began) / 1_000);
  };
  const against = (name: string, options: Docker.ContainerCreateOptions): Promise<Figure> =>
    compare({
      row: 'server-runs',
      name: `${AT_ONCE} at a time: the server / dockerode create, start, wait, remove${name}`,
      unit: 'runs/s',
      ours,
      against: () => runsPerSecond(block, AT_ONCE, () => bareRun(docker, options)),
      rounds: context.isQuick ? 4 : RUNS / BLOCK,
      secondsMax: context.secondsMax * SECONDS_FACTOR,
      target: { kind: 'at least', value: 0.9 },
      note: () => `blocks of ${block} runs`,
    });
  return [
    await against('', { HostConfig: { NetworkMode: 'none' } }),
    await against(' of the same container', isolated(await mountsIn(context.folder))),
  ];
}
