import fc from 'fast-check';
import { expect, test } from 'vitest';

import { capacityOf, minus, shortOf } from '../../../src/daemon/queue/amounts.ts';
import { decideQueue } from '../../../src/daemon/queue/decide.ts';
import {
  DIMENSIONS,
  type Amounts,
  type Decision,
  type QueueFacts,
  type RunningRun,
  type WaitingRun,
} from '../../../src/daemon/queue/model.ts';
import { sentenceOf } from '../../../src/daemon/queue/sentences.ts';
import { factsArbitrary } from '../../support/queue-facts.ts';

const holds = (claim: (facts: QueueFacts, decision: Decision) => void): void => {
  fc.assert(
    fc.property(factsArbitrary, (facts) => {
      claim(facts, decideQueue(facts));
    }),
    { numRuns: 400 },
  );
};

const byId = ({ waiting }: QueueFacts): ReadonlyMap<string, WaitingRun> =>
  new Map(waiting.map((run) => [run.runId, run]));

const begun = (facts: QueueFacts, { begin }: Decision): WaitingRun[] =>
  begin.map((runId) => byId(facts).get(runId)!);

/** What is left of a pool once these runs have what they take. */
const leftOf = (facts: QueueFacts, pool: string, runs: readonly RunningRun[]): Amounts =>
  runs
    .filter((run) => run.pool === pool)
    .reduce(
      (left, { takes }) => minus(left, takes),
      capacityOf(facts.pools.find(({ name }) => name === pool)!),
    );

test('every waiting run begins, has a reason with a sentence, or is past its deadline: exactly one', () => {
  holds((facts, { begin, waits, expired }) => {
    expect([...begin, ...waits.keys(), ...expired].sort()).toEqual(
      facts.waiting.map(({ runId }) => runId).sort(),
    );
    for (const wait of waits.values()) {
      expect(sentenceOf(wait)).toMatch(/^[a-z\d].*[^.]$/);
      expect(sentenceOf(wait)).not.toMatch(/undefined|NaN|Infinity| -\d/);
    }
  });
});

test('a decision does not depend on the order of its lists', () => {
  fc.assert(
    fc.property(factsArbitrary, fc.infiniteStream(fc.nat()), (facts, numbers) => {
      const shuffled = <Item>(list: readonly Item[]): Item[] =>
        list
          .map((item) => ({ item, at: numbers.next().value as number }))
          .sort((one, other) => one.at - other.at)
          .map(({ item }) => item);
      const other = {
        ...facts,
        waiting: shuffled(facts.waiting),
        running: shuffled(facts.running),
        pools: shuffled(facts.pools),
      };
      const text = ({ begin, waits, expired, wakeAtMs }: Decision): unknown => [
        begin,
        [...waits].map(([runId, wait]) => `${runId} ${wait.code} ${sentenceOf(wait)}`).sort(),
        expired,
        wakeAtMs,
      ];
      expect(text(decideQueue(other))).toEqual(text(decideQueue(facts)));
    }),
  );
});

test('no pool ever holds more than it has, unless it did before', () => {
  holds((facts, decision) => {
    for (const { name } of facts.pools) {
      const before = leftOf(facts, name, facts.running);
      const after = leftOf(facts, name, [...facts.running, ...begun(facts, decision)]);
      for (const dimension of DIMENSIONS)
        if (after[dimension] !== before[dimension])
          expect(after[dimension]).toBeGreaterThanOrEqual(0);
    }
  });
});

test('no limit is ever passed, unless it was before', () => {
  holds((facts, decision) => {
    const { altogether = Infinity, perSubmitter, perApp, apps } = facts.limits;
    const begin = begun(facts, decision);
    const all = [...facts.running, ...begin];
    const count = (is: (run: RunningRun) => boolean): number => all.filter(is).length;
    if (begin.length > 0) expect(all.length).toBeLessThanOrEqual(altogether);
    for (const { submitter, app } of begin) {
      expect(count((run) => run.submitter === submitter)).toBeLessThanOrEqual(
        perSubmitter ?? Infinity,
      );
      expect(count((run) => run.app === app)).toBeLessThanOrEqual(
        apps?.get(app) ?? perApp ?? Infinity,
      );
    }
    for (const id of ['b1', 'b2']) {
      const newest = begin.findLast(({ batch }) => batch?.id === id);
      if (newest !== undefined)
        expect(count(({ batch }) => batch?.id === id)).toBeLessThanOrEqual(
          newest.batch?.atOnce ?? Infinity,
        );
    }
  });
});

test('what is held, too early, too late, or not ready never begins', () => {
  holds((facts, decision) => {
    for (const { held, notBefore, deadlineMs, ...run } of begun(facts, decision)) {
      expect(held).toBeUndefined();
      expect(notBefore?.atMs ?? 0).toBeLessThanOrEqual(facts.nowMs);
      expect(deadlineMs ?? Infinity).toBeGreaterThan(facts.nowMs);
      expect(run.unready).toBeUndefined();
      expect(facts.pools.map(({ name }) => name)).toContain(run.pool);
    }
  });
});

test('among equals of one submitter the earlier never waits while the later begins', () => {
  const kind = ({ runId: _id, order: _order, ...rest }: WaitingRun): string => JSON.stringify(rest);
  holds((facts, decision) => {
    const begin = new Set(decision.begin);
    const passed = new Set<string>();
    for (const run of facts.waiting)
      if (!begin.has(run.runId)) passed.add(kind(run));
      else expect(passed).not.toContain(kind(run));
  });
});

/** Whether a run waits for room in its pool, and for nothing else. */
const waitsForRoom = ({ waits }: Decision, { runId }: WaitingRun): boolean =>
  waits.get(runId)?.code === 'queue-room';

test('no run begins while one of higher priority that needs no more waits for room', () => {
  holds((facts, decision) => {
    for (const low of begun(facts, decision))
      for (const high of facts.waiting)
        if (high.priority > low.priority && high.pool === low.pool)
          if (waitsForRoom(decision, high)) expect(shortOf(high.takes, low.takes)).not.toEqual([]);
  });
});

test('room is never left unused but for a run that came before', () => {
  holds((facts, decision) => {
    const all = [...facts.running, ...begun(facts, decision)];
    for (const run of facts.waiting) {
      const wait = decision.waits.get(run.runId);
      if (wait?.code !== 'queue-room') continue;
      const left = leftOf(facts, run.pool, all);
      if (shortOf(run.takes, left).length > 0) continue;
      const kept = wait.state.keptFor.filter(({ runId }) => runId !== run.runId);
      expect(kept.length).toBeGreaterThan(0);
      // And what it is kept for does not fit itself.
      for (const { takes } of kept) expect(shortOf(takes, left)).not.toEqual([]);
    }
  });
});

test('an idle pool begins something whenever a run for it could begin', () => {
  holds((facts, decision) => {
    for (const { name } of facts.pools) {
      if (facts.running.some(({ pool }) => pool === name)) continue;
      if (begun(facts, decision).some(({ pool }) => pool === name)) continue;
      const waits = facts.waiting.filter((run) => run.pool === name && waitsForRoom(decision, run));
      expect(waits).toEqual([]);
    }
  });
});

test('what begins after a run for which room is kept takes nothing that one will need', () => {
  holds((facts, decision) => {
    for (const wait of decision.waits.values()) {
      if (wait.code !== 'queue-room') continue;
      const { state } = wait;
      const first = state.keptFor[0];
      if (first === undefined) continue;
      const keeper = byId(facts).get(first.runId)!;
      const later = begun(facts, decision).filter(
        ({ pool, priority }) => pool === state.pool.name && priority < keeper.priority,
      );
      const left = leftOf(facts, state.pool.name, [...facts.running, ...begun(facts, decision)]);
      for (const { takes } of later)
        for (const dimension of DIMENSIONS)
          if (takes[dimension] > 0 && Number.isFinite(left[dimension]))
            expect(left[dimension] - first.takes[dimension]).toBeGreaterThanOrEqual(0);
    }
  });
});
