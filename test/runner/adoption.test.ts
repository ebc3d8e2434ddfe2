import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { RunnerError } from '../../src/base/errors.ts';
import type { ContainerEngine, ContainerSpec, ExitStatus } from '../../src/container/index.ts';
import {
  attemptRun,
  continueRun,
  executeRun,
  isTerminal,
  reconcileRun,
  StopReason,
  type EventBody,
  type RunRecord,
  type RunPorts,
} from '../../src/runner/index.ts';
import { openStore, type RunStore } from '../../src/store/index.ts';
import { FakeEngine, FakeWorld, type FakeProgram } from '../support/fake-engine.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { preparedRun, said } from '../support/run-scene.ts';
import { plainOptions } from '../support/run-values.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What a process throws that is killed at once; nothing after it is written. */
class Killed extends Error {}

const retry = { attempts: 2, memoryFactor: 2 };
const options = { ...plainOptions, retry };
const lost: Partial<ExitStatus> = {
  exitCode: 1,
  node: 'n1',
  ending: { code: 'node-failed', message: 'it went down' },
};

interface Aftermath {
  readonly world: FakeWorld;
  readonly clock: ManualClock;
  readonly store: RunStore;
  /** As a command that waits does, or one that only looks. */
  readonly reconcile: (wait: boolean, stop?: AbortSignal) => Promise<RunRecord>;
  /** Every container that was ever started, of all processes. */
  readonly started: () => readonly string[];
}

/**
 * Runs until the journal is asked to write what \`dies\` picks, which never happens: the process is dead
 * then. Another process finds what it left.
 */
async function afterDeath(
  program: (spec: ContainerSpec) => FakeProgram,
  dies: (body: EventBody, record: RunRecord) => boolean,
  look: (aftermath: Aftermath) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const clock = new ManualClock();
  const world = new FakeWorld();
  const engines = [0, 1].map(() => new FakeEngine(program, { clock, world }));
  const [first, second] = engines as [FakeEngine, FakeEngine];
  const run = preparedRun('run-1', { options });
  const died = Promise.withResolvers<undefined>();
  {
    using store = openStore({ folder: folder.path, clock });
    const ports = portsOf(store, first, clock);
    let isDead = false;
    const dead: RunPorts = {
      ...ports,
      engine: mortal(first, () => isDead),
      journal: journalBefore(store, (runId, bodies) => {
        if (!bodies.some((body) => dies(body, store.read(runId)))) return;
        isDead = true;
        died.resolve(undefined);
        throw new Killed();
      }),
    };
    const running = executeRun(run, dead, NEVER).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    const wheel = setInterval(() => {
      clock.advance(1_000);
    }, 2);
    await died.promise;
    clearInterval(wheel);
    await running;
  }
  using store = openStore({ folder: folder.path, clock });
  await look({
    world,
    clock,
    store,
    started: () => engines.flatMap(({ started }) => started.map(({ name }) => name)),
    reconcile: async (wait, stop = NEVER.stop) => {
      const record = store.read('run-1');
      expect(store.claim('run-1') || isTerminal(record.state)).toBe(true);
      const wheel = setInterval(() => {
        clock.advance(10_000);
      }, 2);
      const reconciled = await reconcileRun(
        { ...run, record, startable: true },
        portsOf(store, second, clock),
        { ...NEVER, stop },
        wait ? 'end' : 'not',
      );
      clearInterval(wheel);
      return reconciled;
    },
  });
}

/** The journal of a store; what `refuses` throws at is not written. */
const journalBefore = (
  store: RunStore,
  refuses: (runId: string, bodies: readonly EventBody[]) => void,
): RunPorts['journal'] => ({
  create: (...args) => store.create(...args),
  read: (runId) => store.read(runId),
  openLog: (runId) => store.openLog(runId),
  runFolder: (runId) => store.runFolder(runId),
  watchStop: (runId) => store.watchStop(runId),
  append: (runId, bodies) => {
    refuses(runId, bodies);
    return store.append(runId, bodies);
  },
});

/** An engine of a process that removes nothing once it is dead. */
const mortal = (engine: FakeEngine, isDead: () => boolean): ContainerEngine => ({
  name: engine.name,
  info: () => engine.info(),
  version: () => engine.version(),
  resolveImage: (request, signal) => engine.resolveImage(request, signal),
  buildImage: (request, signal) => engine.buildImage(request, signal),
  find: (name) => engine.find(name),
  list: (label) => engine.list(label),
  start: async (spec, signal) => {
    const container = await engine.start(spec, signal);
    return {
      name: container.name,
      id: container.id,
      phase: container.phase,
      begun: (onWaiting) => container.begun(onWaiting),
      output: (from) => container.output(from),
      wait: () => container.wait(),
      stop: (graceMs) => container.stop(graceMs),
      [Symbol.asyncDispose]: async () => {
        if (!isDead()) await container[Symbol.asyncDispose]();
      },
    };
  },
});

const NEVER = { stop: new AbortController().signal, kill: new AbortController().signal };
const portsOf = (store: RunStore, engine: FakeEngine, clock: ManualClock): RunPorts => ({
  engine,
  journal: store,
  clock,
  observer: {},
  ownerLabel: store.dataId,
});

/** Attempt 1 loses its machine, attempt 2 works. */
const secondWorks = ({ attempt }: ContainerSpec): FakeProgram =>
  attempt === 1
    ? { output: [said('stdout', 'one')], exit: lost }
    : { output: [said('stdout', 'two')] };

const isState = (state: string) => (body: EventBody) =>
  body.type === 'state' && body.state === state;
const inAttempt =
  (attempt: number, picks: (body: EventBody) => boolean) => (body: EventBody, record: RunRecord) =>
    (record.retry?.attempt ?? 1) === attempt && picks(body);

const STEPS: readonly (readonly [string, (body: EventBody, record: RunRecord) => boolean])[] = [
  ['before the exit of the first attempt', inAttempt(1, ({ type }) => type === 'exit')],
  ['before the first attempt is given up', ({ type }) => type === 'attempt-failed'],
  [
    'before the second is staged',
    inAttempt(2, (body) => body.type === 'phase' && body.phase === 'stage'),
  ],
  [
    'before its image is asked for',
    inAttempt(2, (body) => body.type === 'phase' && body.phase === 'pull'),
  ],
  ['before its container is written down', inAttempt(2, ({ type }) => type === 'container')],
  ['before the second is RUNNING', inAttempt(2, isState('RUNNING'))],
  ['before the exit of the second', inAttempt(2, ({ type }) => type === 'exit')],
  ['before the outputs of the second', inAttempt(2, ({ type }) => type === 'outputs')],
  ['before the end', inAttempt(2, isState('COMPLETE'))],
];

test.each(STEPS)(
  'killed %s: one container an attempt, one end, and the retry is not lost',
  (_when, dies) =>
    afterDeath(secondWorks, dies, async ({ reconcile, store, started, world }) => {
      await reconcile(false);
      const record = isTerminal(store.read('run-1').state)
        ? store.read('run-1')
        : await reconcile(true);
      expect(record).toMatchObject({
        state: 'COMPLETE',
        attempts: [{ attempt: 1, failure: { code: 'node-failed' } }],
      });
      const names = started();
      expect(names).toEqual(['cyto-run-run-1-1', 'cyto-run-run-1-2']);
      expect(world.containers.size).toBe(0);
      const ends = store
        .events('run-1')
        .filter((event) => event.type === 'state' && isTerminal(event.state));
      expect(ends).toHaveLength(1);
      const log = await Array.fromAsync(store.readLog('run-1', { stream: 'stdout' }));
      expect(Buffer.concat(log.map(({ bytes }) => bytes)).toString()).toBe('two');
      expect([...store.verify()]).toEqual([]);
    }),
);

test('killed when its outputs were written down and its folders were not yet cleared: they go with its end', () =>
  afterDeath(
    () => ({}),
    isState('COMPLETE'),
    async ({ reconcile, store }) => {
      const folders = ['work', 'home', 'tmp', 'staged'].map((name) =>
        join(store.runFolder('run-1'), name),
      );
      await Promise.all(folders.map((path) => mkdir(path, { recursive: true })));
      expect(await reconcile(false)).toMatchObject({ state: 'COMPLETE' });
      expect(folders.filter((path) => existsSync(path))).toEqual([]);
    },
  ));

test('a run that waited for its turn when its process died is left by a command that looks, and adopted by one that waits', () => {
  const begins = Promise.withResolvers<undefined>();
  const waiting = [{ code: 'slurm-priority', message: 'others are ahead' }];
  return afterDeath(
    () => ({ waiting, begins: begins.promise }),
    ({ type }) => type === 'waiting',
    async ({ reconcile, started }) => {
      expect(await reconcile(false)).toMatchObject({ state: 'INITIALIZING' });
      const adopted = reconcile(true);
      begins.resolve(undefined);
      expect(await adopted).toMatchObject({ state: 'COMPLETE' });
      expect(started()).toHaveLength(1);
    },
  );
});

test('canceled between two attempts, after the process died: nothing more is started', () =>
  afterDeath(
    secondWorks,
    inAttempt(2, (body) => body.type === 'phase' && body.phase === 'stage'),
    async ({ reconcile, started }) => {
      const record = await reconcile(true, AbortSignal.abort(new StopReason('user')));
      expect(record).toMatchObject({ state: 'CANCELED' });
      expect(started()).toHaveLength(1);
    },
  ));

test('a run that cannot be started again keeps the failure of its last attempt, and says why', () =>
  afterDeath(
    secondWorks,
    inAttempt(2, (body) => body.type === 'phase' && body.phase === 'stage'),
    async ({ store, clock, world }) => {
      const record = store.read('run-1');
      store.claim('run-1');
      const engine = new FakeEngine(secondWorks, { clock, world });
      const settled = await reconcileRun(
        { ...preparedRun('run-1'), record, startable: false },
        portsOf(store, engine, clock),
        NEVER,
        'end',
      );
      expect(settled).toMatchObject({
        state: 'SYSTEM_ERROR',
        failure: {
          code: 'node-failed',
          message: expect.stringMatching('not tried again') as string,
        },
      });
    },
  ));

test('whoever decides when attempts begin follows one to its end, and gets the run back for the next', () =>
  afterDeath(
    secondWorks,
    inAttempt(1, (body) => body.type === 'state' && body.state === 'RUNNING'),
    async ({ store, clock, world, started }) => {
      const record = store.read('run-1');
      store.claim('run-1');
      const engine = new FakeEngine(secondWorks, { clock, world });
      const ports = portsOf(store, engine, clock);
      const run = { ...preparedRun('run-1'), created: record };
      const left = await reconcileRun({ ...run, record, startable: true }, ports, NEVER, 'attempt');
      expect(left).toMatchObject({ state: 'INITIALIZING', retry: { attempt: 2 } });
      expect(started()).toHaveLength(1);
      clock.advance(60_000);
      expect(await attemptRun(run, ports, NEVER)).toMatchObject({ state: 'COMPLETE' });
    },
  ));

test('a run that is in the journal is gone on with, and not created twice', async () => {
  await using folder = await temporaryFolder();
  const clock = new ManualClock();
  using store = openStore({ folder: folder.path, clock });
  const run = preparedRun('run-1');
  store.create('run-1', run.created);
  const engine = new FakeEngine(() => ({}), { clock });
  const record = await continueRun(run, portsOf(store, engine, clock), NEVER);
  expect(record.state).toBe('COMPLETE');
});

test('an app that began while that could not be written down is found again, and begun once', async () => {
  await using folder = await temporaryFolder();
  const clock = new ManualClock();
  const world = new FakeWorld();
  const engine = new FakeEngine(() => ({ output: [said('stdout', 'done')] }), { clock, world });
  using store = openStore({ folder: folder.path, clock });
  const ports = portsOf(store, engine, clock);
  const run = preparedRun('run-1', { options });
  const onFullDisk: RunPorts = {
    ...ports,
    journal: journalBefore(store, (_runId, bodies) => {
      if (bodies.some((body) => body.type === 'state' && body.state === 'RUNNING'))
        throw new RunnerError('disk-full', 'the disk is full');
    }),
  };
  const failed = { code: 'disk-full' };
  await expect(executeRun(run, onFullDisk, NEVER)).rejects.toMatchObject(failed);
  expect(world.removed).toEqual([]);
  const again = { ...run, record: store.read('run-1'), startable: true };
  await expect(reconcileRun(again, onFullDisk, NEVER, 'end')).rejects.toMatchObject(failed);
  expect(world.removed).toEqual([]);
  expect(await reconcileRun(again, ports, NEVER, 'end')).toMatchObject({
    state: 'COMPLETE',
    logs: { stdoutBytes: 4 },
  });
  expect(engine.started).toHaveLength(1);
  expect(world.removed).toHaveLength(1);
});
