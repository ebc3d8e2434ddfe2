import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { systemClock } from '../../src/base/clock.ts';
import { DOCKER_SOCKET, dockerProxy } from '../support/docker-proxy.ts';
import type { OwnDocker } from '../support/own-docker.ts';
import { Chance } from './chance.ts';
import { watchEngine } from './engine-watch.ts';
import { FAULT_POINTS, faults, type Fault } from './faults.ts';
import { startHook } from './hook.ts';
import { compiledProgram } from './program.ts';
import { Submitter } from './submitter.ts';
import { verdictOf, type Shaken } from './verdict.ts';
import { startVictim, type Victim } from './victim.ts';

export interface TortureOptions {
  readonly kills: number;
  readonly seed: number;
  /** The data folder, empty; on a file system of its own when the disk is to be filled. */
  readonly home: string;
  readonly fillsDisk: boolean;
  /** An engine that leaves its containers running, to be restarted now and then; absent: the connection to the machine's is cut instead. */
  readonly docker?: OwnDocker;
  readonly say: (line: string) => void;
}

export interface TortureReport {
  readonly kills: number;
  readonly killedAt: Readonly<Record<Fault['kind'], number>>;
  /** Points that no server came to in its life. */
  readonly pointsNotReached: readonly string[];
  readonly engineAway: number;
  readonly diskFull: number;
  readonly clockJumps: number;
  readonly runs: number;
  readonly states: Readonly<Record<string, number>>;
  /** Runs that were not over while the engine was restarted; how many of them it ended, and how many logs it lost a part of. */
  readonly shaken: Shaken;
  /** What does not hold, a sentence each. Empty: everything does. */
  readonly faults: readonly string[];
}

/** A server that is not killed at its point within this is killed anyway. */
const LIFE_MS = 3_000;
const DAY_MS = 86_400_000;
/** How long the last server may take to bring everything to its end. */
const END_MS = 240_000;

/** Kills servers of one data folder again and again while runs go on, and looks what became of all of them. */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const { home, seed, say, docker } = options;
  const socketPath = docker?.socketPath ?? DOCKER_SOCKET;
  const engine = `unix://${socketPath}`;
  const chance = new Chance(seed);
  const program = await compiledProgram();
  const plan = faults(chance);
  const submitter = new Submitter(chance);
  const counts = { engineAway: 0, diskFull: 0, clockJumps: 0 };
  const killedAt = { moment: 0, point: 0, request: 0 };
  const reached = new Set<string>();
  let fault: Fault | undefined;
  let victim: Victim | undefined;
  let turns = 0;
  let isCut = false;
  using watch = watchEngine(engine);
  await using proxy = await dockerProxy((request) => {
    if (isCut) return 'drop';
    if (fault?.kind !== 'request' || victim?.isGone() !== false || !fault.request.test(request))
      return 'forward';
    turns += 1;
    if (turns !== fault.turn) return 'forward';
    victim.process.kill('SIGKILL');
    return fault.reaches ? 'forward' : 'drop';
  }, socketPath);
  await using hook = await startHook(home, seed);
  const env = { DOCKER_HOST: proxy.host, ...hook.env };

  for (let kills = 1; kills <= options.kills; kills += 1) {
    fault = plan.next().value as Fault;
    turns = 0;
    victim = startVictim(program, home, {
      ...env,
      ...(fault.kind === 'point'
        ? { FAULT_POINT: fault.point, FAULT_TURN: String(fault.turn) }
        : {}),
    });
    const troubles = makeTrouble(victim);
    const url = await victim.url;
    if (url !== undefined) await Promise.race([liveOn(url, victim, fault), victim.gone]);
    const byItself = victim.isGone();
    victim.process.kill('SIGKILL');
    await victim.gone;
    await troubles;
    killedAt[byItself ? fault.kind : 'moment'] += 1;
    if (fault.kind === 'point' && byItself) reached.add(fault.point);
    if (kills % 20 === 0)
      say(`${kills} kills, ${submitter.accepted.length} runs accepted, ${reached.size} points`);
  }

  fault = undefined;
  const last = startVictim(program, home, env);
  victim = last;
  using _end = new DisposableStack();
  _end.defer(() => last.process.kill('SIGKILL'));
  const url = await last.url;
  if (url === undefined) throw new Error(`the last server did not start:\n${last.story()}`);
  const late = await untilAllEnded(url, submitter);
  hook.heal();
  // What was to be sent again later is due now.
  last.setClock(DAY_MS);
  await hook.untilToldOf(submitter.accepted, END_MS);
  const states = await statesAt(url);
  last.process.kill('SIGTERM');
  await last.gone;
  const verdict = await verdictOf(home, submitter.accepted, { watch, hook, engine });
  return {
    kills: options.kills,
    killedAt,
    pointsNotReached: FAULT_POINTS.filter((point) => !reached.has(point)),
    ...counts,
    runs: submitter.accepted.length,
    states,
    shaken: verdict.shaken,
    faults: [...late, ...verdict.faults],
  };

  async function liveOn(url: string, server: Victim, { kind, ...how }: Fault): Promise<void> {
    const lifeMs = kind === 'moment' && 'afterMs' in how ? how.afterMs : LIFE_MS;
    const ended = systemClock.sleep(lifeMs);
    let isOver = false;
    const work = submitter.work(url, () => isOver || server.isGone());
    await ended;
    isOver = true;
    await work;
  }

  async function cut(forMs: number): Promise<void> {
    isCut = true;
    proxy.cut();
    await systemClock.sleep(forMs);
    isCut = false;
  }

  /** By chance: the engine is away, the disk is full, or the clock jumps, for a while. */
  async function makeTrouble(server: Victim): Promise<void> {
    const what = chance.between(0, 19);
    const forMs = chance.between(200, 2_000);
    const afterMs = chance.between(500, 2_500);
    await Promise.race([systemClock.sleep(afterMs), server.gone]);
    if (server.isGone()) return;
    if (what <= 1) {
      counts.clockJumps += 1;
      server.setClock(what === 0 ? 3_600_000 : -3_600_000);
    } else if (what === 2) {
      counts.engineAway += 1;
      submitter.befalls('shaken');
      await (docker === undefined ? cut(forMs) : restart(docker, forMs));
      submitter.befalls('shaken');
    } else if (what === 3 && options.fillsDisk) {
      counts.diskFull += 1;
      submitter.befalls('troubled');
      const ballast = join(home, 'ballast');
      fill(home, ballast);
      await systemClock.sleep(forMs);
      submitter.befalls('troubled');
      rmSync(ballast, { force: true });
    }
  }
}

async function restart(docker: OwnDocker, afterMs: number): Promise<void> {
  await docker.stop();
  await systemClock.sleep(afterMs);
  await docker.start();
}

function fill(folder: string, path: string): void {
  const { bavail, bsize } = statfsSync(folder);
  try {
    writeFileSync(path, Buffer.alloc(bavail * bsize));
  } catch {
    // It is full: that was the aim.
  }
}

/** Waits until every job is accepted and over. Returns what is not, as faults. */
async function untilAllEnded(url: string, submitter: Submitter): Promise<string[]> {
  const endMs = performance.now() + END_MS;
  for (;;) {
    await submitter.sendUnanswered(url);
    const active = await listOf(url, '?state=active&limit=200');
    if (active.length === 0 && submitter.unanswered === 0) return [];
    if (performance.now() > endMs)
      return active.map(({ runId, state }) => `${runId} does not end: it is ${state}`);
    await systemClock.sleep(500);
  }
}

interface Summary {
  readonly runId: string;
  readonly state: string;
}

async function listOf(url: string, query: string): Promise<readonly Summary[]> {
  const answer = await fetch(`${url}/runner/v1/runs${query}`);
  return ((await answer.json()) as { readonly runs: readonly Summary[] }).runs;
}

async function statesAt(url: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let cursor = ''; ;) {
    const answer = await fetch(
      `${url}/runner/v1/runs?limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    const page = (await answer.json()) as {
      readonly runs: readonly Summary[];
      readonly nextCursor?: string;
    };
    for (const { state } of page.runs) counts[state] = (counts[state] ?? 0) + 1;
    if (page.nextCursor === undefined) return counts;
    cursor = page.nextCursor;
  }
}
