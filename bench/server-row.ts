import { systemClock } from '../src/base/clock.ts';
import { decideQueue } from '../src/daemon/queue/decide.ts';
import { plainApp } from '../test/support/plain-app.ts';
import { queueFacts, waitingRun } from '../test/support/queue-facts.ts';
import type { BenchContext } from './bench-context.ts';
import { endDelayFigure } from './end-delay.ts';
import { alone, quantile, type Figure } from './figure.ts';
import { runBatch, served, type Served } from './served.ts';
import { fill, STORED_RUNS } from './store-row.ts';

const ROW = 'server';
const PROCESS = { CYTO_RUN_ENGINE: 'process' };
/** By then V8 has given back what the start took. */
const SETTLE_MS = 20_000;
const CLIENTS = 8;

/** What a server costs that stands by, what it answers how fast, and how soon an end is told. */
export async function serverRow(context: BenchContext): Promise<readonly Figure[]> {
  const figures: Figure[] = [await idle(context), queueDecision()];
  {
    await using server = await served(context, { env: PROCESS });
    figures.push(...(await submits(server, context.isQuick)));
  }
  figures.push(...(await longLists(context)));
  if (context.noEngine === undefined) figures.push(await endDelayFigure(context));
  return figures;
}

async function idle(context: BenchContext): Promise<Figure> {
  await using server = await served(context);
  await systemClock.sleep(SETTLE_MS);
  return alone(ROW, 'memory of an idle server', [server.residentMb()], {
    unit: 'MB',
    target: { kind: 'at most', value: 120 },
  });
}

/** With 10 000 runs of a hundred people that wait, and room for some. */
function queueDecision(): Figure {
  const waiting = Array.from({ length: 10_000 }, (_, order) =>
    waitingRun(order, { submitter: `user-${order % 100}`, priority: order % 3 }),
  );
  const facts = queueFacts({ waiting });
  const samples = Array.from({ length: 30 }, () => timed(() => decideQueue(facts)));
  return alone(ROW, 'queue decision, 10 000 runs waiting', samples, { unit: 'ms' });
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Of held runs: written down, and not begun. */
async function submits(server: Served, isQuick: boolean): Promise<readonly Figure[]> {
  await server.post('/apps', { descriptor: plainApp('true') });
  const body = { app: 'plain', parameters: { word: 'x' }, hold: true };
  const runs = isQuick ? 100 : 500;
  let left = runs;
  const began = performance.now();
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await server.post('/runs', body);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const single = runs / ((performance.now() - began) / 1_000);
  const items = Array.from({ length: 1_000 }, () => ({ parameters: { word: 'y' } }));
  const bulk: number[] = [];
  for (let batch = 0; batch < 3; batch += 1) {
    const start = performance.now();
    await server.post('/batches', { ...body, items });
    bulk.push(items.length / ((performance.now() - start) / 1_000));
  }
  return [
    alone(ROW, `submits, ${CLIENTS} clients, each on the disk before it is answered`, [single], {
      unit: '/s',
    }),
    alone(ROW, `submits in a batch of ${items.length}`, bulk, { unit: '/s' }),
  ];
}

/** The slowest of a hundred, with many runs stored. */
async function longLists(context: BenchContext): Promise<readonly Figure[]> {
  const { folder } = await (async () => {
    await using server = await served(context, { env: PROCESS });
    await runBatch(server, { descriptor: plainApp('true') }, 1);
    return server;
  })();
  fill(folder, 'with events');
  await using server = await served(context, { folder, env: PROCESS });
  const times = async (path: (sample: number) => string): Promise<number[]> => {
    const samples: number[] = [];
    for (let sample = 0; sample < (context.isQuick ? 100 : 500); sample += 1) {
      const start = performance.now();
      const answer = await fetch(`${server.api}${path(sample)}`);
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${path(sample)} was answered with ${answer.status}`);
      samples.push(performance.now() - start);
    }
    return samples;
  };
  const p99 = (name: string, samples: readonly number[]): Figure => ({
    ...alone(ROW, name, samples, { unit: 'ms', target: { kind: 'at most', value: 20 } }),
    ours: quantile(samples, 0.99),
    note: `median ${quantile(samples, 0.5).toFixed(1)} ms`,
  });
  const stored = `${STORED_RUNS} runs stored`;
  const id = (at: number): string => `20260101-${String(at).padStart(6, '0')}-aaaaa`;
  return [
    p99(`p99 of a page of 50, ${stored}`, await times(() => '/runs?limit=50')),
    p99(
      `p99 of a page of one app, ${stored}`,
      await times((sample) => `/runs?limit=50&app=app-${sample % 20}`),
    ),
    p99(`p99 of one run, ${stored}`, await times((sample) => `/runs/${id(1 + sample * 199)}`)),
  ];
}
