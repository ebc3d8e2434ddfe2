import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { BenchContext } from './bench-context.ts';
import { command, type Argv } from './command.ts';
import { compare } from './compare.ts';
import { alone, type Figure, type Target } from './figure.ts';

const FULL_BYTES = 300_000_000;
const QUICK_BYTES = 30_000_000;
const PEAK_MIB_MAX = 150;
const BLOCK_BYTES = 65_536;
/**
 * What the engine does with its own copy of the log. Ours is always `local`, which returns the very bytes
 * after a crash; `json-file` is Docker's own default. With `none` nothing is kept: what keeping costs.
 */
const DRIVERS: readonly {
  readonly name: string;
  readonly rounds: number;
  readonly target?: Target;
}[] = [
  { name: 'local', rounds: 3, target: { kind: 'at least', value: 0.9 } },
  { name: 'json-file', rounds: 2, target: { kind: 'at least', value: 0.9 } },
  { name: 'none', rounds: 2 },
];

/** Much output: our whole command against a program that attaches through dockerode and only counts. */
export async function outputRow(context: BenchContext): Promise<readonly Figure[]> {
  const bytes = context.isQuick ? QUICK_BYTES : FULL_BYTES;
  const expected = sha256OfProbeLog(bytes);
  const rate = (ms: number): number => bytes / 1e3 / ms;
  const peaks: number[] = [];
  const ours = async (): Promise<number> => {
    const home = await mkdtemp(join(context.folder, 'output-'));
    const { wallMs, peakBytes } = await command(
      context.cytoRun(
        join(context.root, 'apps/probe/descriptor.json'),
        ...['log', 'stdout', String(bytes)].map((verb) => `--param=verbs=${verb}`),
      ),
      { env: { ...context.env, CYTO_RUN_HOME: home }, cwd: context.folder },
    );
    peaks.push(peakBytes / 2 ** 20);
    const kept = await sha256OfKeptLog(home);
    if (kept !== expected)
      throw new Error(`the log kept of ${bytes} bytes is not what was written`);
    await rm(home, { recursive: true });
    return rate(wallMs);
  };
  const figures: Figure[] = [];
  for (const { name: driver, rounds, target } of DRIVERS) {
    const bare: Argv = [
      process.execPath,
      join(context.root, 'bench/bare-attach.js'),
      driver,
      String(bytes),
    ];
    figures.push(
      await compare({
        row: 'output',
        name: `${bytes / 1e6} MB: cyto-run / bare attach, log driver ${driver}`,
        unit: 'MB/s',
        ours,
        against: async () => rate((await command(bare, { env: context.env })).wallMs),
        rounds,
        secondsMax: context.secondsMax,
        ...(target === undefined ? {} : { target }),
      }),
    );
  }
  const memory = alone('output', 'peak memory of cyto-run', [Math.max(...peaks)], {
    unit: 'MiB',
    target: { kind: 'at most', value: PEAK_MIB_MAX },
    note: 'the highest; every log kept had the sha256 of what was written',
  });
  return [...figures, { ...memory, samples: peaks.length }];
}

/** What `log stdout BYTES` of apps/probe writes (its README). */
function sha256OfProbeLog(bytes: number): string {
  const lines = Array.from(
    { length: 1024 },
    (_, line) =>
      `${String(line).padStart(7, '0')} the quick brown fox jumps over the lazy dog, 0123456789\n`,
  );
  const filler = Buffer.from(lines.join('')).subarray(0, BLOCK_BYTES - 16);
  const hash = createHash('sha256');
  for (let block = 0, left = bytes; left > 0; block += 1, left -= BLOCK_BYTES) {
    const head = Buffer.from(`${String(block).padStart(15, '0')}\n`);
    hash.update(Buffer.concat([head, filler]).subarray(0, Math.min(left, BLOCK_BYTES)));
  }
  return hash.digest('hex');
}

async function sha256OfKeptLog(home: string): Promise<string> {
  const [runId = ''] = await readdir(join(home, 'runs'));
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(home, 'runs', runId, 'logs', 'stdout')), hash);
  return hash.digest('hex');
}
