import { systemClock } from '../src/base/clock.ts';
import { plainApp } from '../test/support/plain-app.ts';
import type { BenchContext } from './bench-context.ts';
import { alone, type Figure } from './figure.ts';
import { runBatch, served } from './served.ts';

const ROW = 'soak';
const RUNS = 20_000;
const RUNS_QUICK = 1_000;
/** Runs between two looks. */
const BLOCK = 500;
/** By then V8 has given back what a burst of work took. */
const SETTLE_MS = 20_000;

/**
 * Many runs of a program that ends at once, one server: what it keeps in memory and open when all is
 * over must be what it had after the first of them.
 */
export async function soakRow(context: BenchContext): Promise<readonly Figure[]> {
  const runs = context.isQuick ? RUNS_QUICK : RUNS;
  await using server = await served(context, { env: { CYTO_RUN_ENGINE: 'process' }, slots: 4 });
  const settled = async (): Promise<number> => {
    await systemClock.sleep(SETTLE_MS);
    return server.residentMb();
  };
  const idle = await settled();
  const descriptor = plainApp('true');
  const block = (): Promise<void> => runBatch(server, { descriptor }, BLOCK);
  await block();
  const first = await settled();
  const filesFirst = server.openFiles();
  const began = performance.now();
  const busy: number[] = [];
  for (let done = BLOCK; done < runs; done += BLOCK) {
    await block();
    busy.push(server.residentMb());
    const seconds = (performance.now() - began) / 1_000;
    process.stderr.write(
      `${done + BLOCK} runs, ${Math.round(seconds)} s, ${Math.round(server.residentMb())} MB\n`,
    );
  }
  const seconds = (performance.now() - began) / 1_000;
  const last = await settled();
  const mb = (name: string, value: number, atMost?: number): Figure =>
    alone(ROW, name, [value], {
      unit: 'MB',
      ...(atMost === undefined ? {} : { target: { kind: 'at most', value: atMost } }),
    });
  return [
    mb('server, idle, before it has run anything', idle, 120),
    mb(`idle after ${BLOCK} runs`, first),
    mb(`idle after ${runs} runs`, last, 120),
    mb(`grown from there to here`, last - first, 10),
    mb('most while runs go on', Math.max(...busy)),
    alone(ROW, 'files open, more than after the first', [server.openFiles() - filesFirst], {
      unit: '',
      target: { kind: 'at most', value: 0 },
    }),
    alone(ROW, 'runs of a program that ends at once', [(runs - BLOCK) / seconds], {
      unit: 'runs/s',
    }),
  ];
}
