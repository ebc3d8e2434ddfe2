import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { ExitStatus, StartedContainer } from '../../../src/container/index.ts';
import { slurmEngine } from '../../../src/container/slurm/index.ts';
import { SLURM_STATES, type SlurmState } from '../../../src/container/slurm/state-table.ts';
import {
  FakeCluster,
  type CommandFault,
  type ConnectionFault,
} from '../../support/fake-cluster.ts';
import type { FakeJob, Life } from '../../support/fake-job.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';
import { PLAIN_SPEC } from '../../support/plain-spec.ts';

/** Faults come and go within this; a job that is lost for longer may be called lost. */
const FAULTY_MS = 90_000;
/** By when an end must have been told, whatever went wrong. */
const TOLD_MS = 15 * 60_000;

const of = (kind: string): SlurmState[] =>
  (Object.keys(SLURM_STATES) as SlurmState[]).filter((state) => SLURM_STATES[state].kind === kind);

/** Words of ends by the scheduler's own hand. */
const ENDING_WORDS = of('over').filter((state) => !['COMPLETED', 'FAILED'].includes(state));

const life: fc.Arbitrary<Life> = fc.record(
  {
    waitMs: fc.integer({ min: 0, max: 60_000 }),
    waitStates: fc.array(fc.constantFrom(...of('waiting')), { minLength: 1, maxLength: 3 }),
    reason: fc.constantFrom('None', 'Priority', 'Resources', 'QOSMaxGRESPerUser', 'Nonsense: 7'),
    runMs: fc.integer({ min: 0, max: 60_000 }),
    runStates: fc.array(fc.constantFrom(...of('running')), { maxLength: 4 }),
    stdout: fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 4 }),
    exitCode: fc.constantFrom(0, 0, 1, 3, 255),
    word: fc.constantFrom(undefined, undefined, ...ENDING_WORDS) as fc.Arbitrary<SlurmState>,
    exitFile: fc.oneof(
      fc.constantFrom('written' as const, 'written' as const, 'missing' as const, 'half' as const),
      fc.record({ lateMs: fc.integer({ min: 0, max: 9_000 }) }),
    ),
    endingMs: fc.integer({ min: 0, max: 5_000 }),
    prologFails: fc.constantFrom(false, false, false, false, false, true),
  },
  {
    requiredKeys: [
      'waitMs',
      'waitStates',
      'reason',
      'runMs',
      'runStates',
      'stdout',
      'exitCode',
      'exitFile',
      'endingMs',
    ],
  },
);

/** When a command fails, and how. */
const window = <Kind extends string>(
  ...kinds: readonly Kind[]
): fc.Arbitrary<readonly Window<Kind>[]> =>
  fc.array(
    fc.record({
      fromMs: fc.integer({ min: 0, max: FAULTY_MS }),
      forMs: fc.integer({ min: 0, max: FAULTY_MS }),
      kind: fc.constantFrom(...kinds),
    }),
    { maxLength: 3 },
  );

interface Window<Kind extends string> {
  readonly fromMs: number;
  readonly forMs: number;
  readonly kind: Kind;
}

const faults = fc.record({
  squeue: window<CommandFault>('error', 'timeout', 'empty', 'garbage', 'colours', 'cut'),
  sacct: window<CommandFault>('error', 'timeout', 'empty', 'garbage', 'colours', 'cut', 'disabled'),
  scontrol: window<CommandFault>('error', 'timeout', 'unknown-job', 'garbage', 'cut'),
  sbatch: fc.array(
    fc.constantFrom<CommandFault | undefined>(
      undefined,
      'error',
      'late',
      'timeout',
      'garbage',
      'empty',
    ),
    { maxLength: 1 },
  ),
  scancel: window<CommandFault>('error', 'timeout'),
  drops: fc.dictionary(
    fc.integer({ min: 0, max: 30 }).map(String),
    fc.constantFrom<ConnectionFault>('before', 'after', 'midway'),
    { maxKeys: 5 },
  ),
  fileLagMs: fc.constantFrom(0, 0, 500, 4_000),
  endLagMs: fc.constantFrom(0, 0, 500, 4_000),
  accountingLagMs: fc.constantFrom(0, 2_000, 30_000),
});

type Faults = typeof faults extends fc.Arbitrary<infer Value> ? Value : never;

/** Everything of one case: the cluster, and an engine that knows nothing but its host. */
function scene(given: { life: Life; faults: Faults }): Scene {
  const clock = new SimulatedClock();
  const startMs = clock.monotonicMs();
  const submissions = [...given.faults.sbatch];
  const cluster = new FakeCluster({
    clock,
    lifeOf: () => given.life,
    fileLagMs: given.faults.fileLagMs,
    endLagMs: given.faults.endLagMs,
    accountingLagMs: given.faults.accountingLagMs,
    connectionFault: (index) => given.faults.drops[String(index)],
    commandFault: (command, nowMs) => {
      if (command === 'sbatch') return submissions.shift();
      if (!(command in given.faults)) return undefined;
      const windows = given.faults[command as 'squeue' | 'sacct' | 'scontrol' | 'scancel'];
      const atMs = nowMs - startMs;
      if (atMs > FAULTY_MS) return undefined;
      return windows.find(({ fromMs, forMs }) => atMs >= fromMs && atMs < fromMs + forMs)?.kind;
    },
  });
  const options = {
    name: 'fake',
    host: 'local',
    workFolder: '/w',
    sharedFileSystem: true,
  } as const;
  const resolveImage = (): never => {
    throw new Error('no image is asked for');
  };
  const engine = slurmEngine(options, { clock, host: cluster, resolveImage });
  return { clock, cluster, engine };
}

interface Scene {
  readonly clock: SimulatedClock;
  readonly cluster: FakeCluster;
  readonly engine: ReturnType<typeof slurmEngine>;
}

const never = (): AbortSignal => new AbortController().signal;

/** The job of the case, which is there when it was submitted at all. */
const jobOf = ({ cluster }: Scene): FakeJob | undefined => cluster.jobs[0];

async function tryStart({ clock, engine }: Scene): Promise<StartedContainer | undefined> {
  try {
    return await clock.run(engine.start(PLAIN_SPEC, never()), TOLD_MS);
  } catch (error) {
    expect(error).toMatchObject({ name: 'RunnerError' });
    return undefined;
  }
}

/** Whoever was told "not submitted" must never see it run. */
async function nothingRuns({ clock, cluster }: Scene): Promise<void> {
  await clock.run(clock.sleep(TOLD_MS), 2 * TOLD_MS);
  expect(cluster.runs).toEqual([]);
}

async function outputOf(container: StartedContainer): Promise<string> {
  let text = '';
  for await (const { bytes } of container.output()) text += Buffer.from(bytes).toString();
  return text;
}

/** What the end should be called, by the life that the job was given. */
function expectTruth(exit: ExitStatus, given: Life, job: FakeJob): void {
  if (given.prologFails === true) {
    expect([exit.ending?.code, exit.node]).toEqual(['node-failed', 'node1']);
    return;
  }
  const kept = given.exitFile === 'written' || typeof given.exitFile === 'object';
  const word = given.word === undefined ? undefined : SLURM_STATES[given.word as SlurmState];
  if (word === undefined) {
    expect(exit.exitCode).toBe(given.exitCode);
    expect(exit.ending).toBeUndefined();
    expect(exit.outOfMemory).toBe(false);
    return;
  }
  if (word.kind !== 'over') throw new Error('not an end');
  if (word.by === 'memory') expect(exit.outOfMemory).toBe(true);
  else expect(exit.ending?.code).toBe(word.by);
  expect(exit.exitCode).not.toBe(0);
  expect(kept || job.hasRun).toBe(true);
}

const CASES = { numRuns: Number(process.env['SLURM_CASES'] ?? 1_500), seed: 42 };

describe('whatever a cluster says, or does not say', { timeout: 600_000 }, () => {
  test('an end is told only after it was, once, as what it was, and with all output', async () => {
    await fc.assert(
      fc.asyncProperty(life, faults, async (lifeOf, faulty) => {
        const here = scene({ life: lifeOf, faults: faulty });
        const container = await tryStart(here);
        if (container === undefined) return nothingRuns(here);
        const work = Promise.all([container.wait(), outputOf(container)]);
        const [exit, output] = await here.clock.run(work, TOLD_MS);
        const job = jobOf(here)!;
        const begins = lifeOf.prologFails !== true;
        expect(here.cluster.runs).toEqual(begins ? [PLAIN_SPEC.name] : []);
        expect(here.clock.monotonicMs()).toBeGreaterThanOrEqual(job.endedAtMs!);
        expect(output).toBe(begins ? lifeOf.stdout.join('') : '');
        expectTruth(exit, lifeOf, job);
      }),
      CASES,
    );
  });

  test('a job that is stopped at any moment ends, and is not run again', async () => {
    const moment = fc.record({
      afterMs: fc.integer({ min: 0, max: 90_000 }),
      graceMs: fc.constantFrom(0, 10_000),
    });
    await fc.assert(
      fc.asyncProperty(life, faults, moment, async (lifeOf, faulty, { afterMs, graceMs }) => {
        const here = scene({ life: lifeOf, faults: faulty });
        const container = await tryStart(here);
        if (container === undefined) return nothingRuns(here);
        await here.clock.run(here.clock.sleep(afterMs), TOLD_MS);
        await here.clock.run(container.stop(graceMs), TOLD_MS);
        await here.clock.run(container.stop(0), TOLD_MS);
        const exit = await here.clock.run(container.wait(), TOLD_MS);
        const job = jobOf(here)!;
        if (job.hasRun) expect(here.clock.monotonicMs()).toBeGreaterThanOrEqual(job.endedAtMs!);
        else expect(exit.exitCode).not.toBe(0);
        await here.clock.run(Promise.resolve(container[Symbol.asyncDispose]()), TOLD_MS);
        await here.clock.run(here.clock.sleep(TOLD_MS), 2 * TOLD_MS);
        expect(here.cluster.runs.length).toBe(job.hasRun ? 1 : 0);
        expect(here.cluster.files.list('/w/jobs')).toEqual([]);
      }),
      { ...CASES, numRuns: Math.ceil(CASES.numRuns / 2) },
    );
  });

  test('the scheduler is never asked twice within a second', async () => {
    await fc.assert(
      fc.asyncProperty(life, faults, async (lifeOf, faulty) => {
        const here = scene({ life: lifeOf, faults: { ...faulty, sbatch: [], drops: {} } });
        const container = await tryStart(here);
        await here.clock.run(container!.wait(), TOLD_MS);
        const gaps = here.cluster.queriesAtMs
          .slice(1)
          .map((at, index) => at - here.cluster.queriesAtMs[index]!);
        expect(Math.min(1_000, ...gaps.slice(1))).toBeGreaterThanOrEqual(1_000);
      }),
      { ...CASES, numRuns: 300 },
    );
  });
});
