import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import Docker from 'dockerode';

import { epochMs, systemClock } from '../src/base/clock.ts';
import type { BenchContext } from './bench-context.ts';
import { alone, quantile, type Figure } from './figure.ts';
import { messagesOf, served } from './served.ts';

interface Told {
  readonly type?: string;
  readonly finishedAt?: string;
}

const lateMs = (finishedAt: string): number => systemClock.now().getTime() - epochMs(finishedAt);

/**
 * From the end of a container, as its engine has it, to a reader of the stream of all events; beside it
 * what the engine itself takes to tell of an end to who waits for it.
 */
export async function endDelayFigure(context: BenchContext): Promise<Figure> {
  const runs = context.isQuick ? 5 : 25;
  const engine = await engineDelays(runs);
  const delays = await serverDelays(context, runs);
  const median = quantile(engine, 0.5);
  return {
    ...alone('server', "from a container's end to a reader of events", delays, {
      unit: 'ms',
      target: { kind: 'at most', value: 50 },
      note: `${Math.min(...delays)} to ${Math.max(...delays)} ms; theirs: the engine's answer to wait`,
    }),
    against: median,
  };
}

async function serverDelays(context: BenchContext, runs: number): Promise<readonly number[]> {
  await using server = await served(context, { slots: 1 });
  const descriptor = readFileSync(join(context.root, 'apps/probe/descriptor.json'), 'utf8');
  await server.post('/apps', { descriptor });
  const stop = new AbortController();
  const delays: number[] = [];
  const read = (async () => {
    for await (const { data } of messagesOf(`${server.api}/events?after=0`, stop.signal)) {
      const { type, finishedAt } = data as Told;
      if (type !== 'exit' || finishedAt === undefined) continue;
      delays.push(lateMs(finishedAt));
      if (delays.length === runs) return;
    }
  })();
  for (let run = 0; run < runs; run += 1)
    await server.post('/runs', { app: 'probe', parameters: { verbs: ['argv'] } });
  await read;
  stop.abort();
  return delays;
}

async function engineDelays(runs: number): Promise<readonly number[]> {
  const docker = new Docker();
  const delays: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const container = await docker.createContainer({
      ...{ Image: 'cyto-run/probe:1', Cmd: ['argv'], HostConfig: { NetworkMode: 'none' } },
    });
    await container.start();
    await container.wait();
    const answered = systemClock.now().getTime();
    const { State } = await container.inspect();
    delays.push(answered - epochMs(State.FinishedAt));
    await container.remove();
  }
  return delays;
}
