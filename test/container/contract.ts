import { beforeAll, describe, expect, test } from 'vitest';

import {
  ENGINE_PROMISES,
  type EngineInfo,
  type EngineName,
  type EnginePromise,
  type Limitation,
} from '../../src/container/index.ts';
import type { Clauses, ContractTest } from './contract/contract-test.ts';
import { besides } from './contract/besides.ts';
import { isolationClauses, notIsolated } from './contract/isolation.ts';
import { lifecycleClauses } from './contract/lifecycle.ts';
import { limitClauses, notLimited } from './contract/limits.ts';
import { mountClauses } from './contract/mounts.ts';
import { outputClauses } from './contract/output.ts';
import { programClauses } from './contract/program.ts';
import { Subject, type EngineUnderTest } from './contract/subject.ts';
import { engineTitle, promiseTitle } from './contract/titles.ts';
import { takeTurn } from '../support/cluster-turns.ts';
import { describeWith, isPresent, type Part } from '../support/needs.ts';

export interface EngineTests {
  readonly setUp: () => Promise<EngineUnderTest>;
  /** What the engine declares here: `(await engine.info()).limitations`. */
  readonly limitations: EngineInfo['limitations'];
  /**
   * Titles of tests that do not hold, of promises declared `partly` kept; what holds in their place
   * is `instead`.
   */
  readonly exceptions?: Readonly<Partial<Record<EnginePromise, readonly string[]>>>;
  /** The app can be nobody but the caller, an ordinary user: tests that ask for root are left out. */
  readonly callerOnly?: true;
  /** What the declared sentences say that happens instead. Asked of every promise `partly` kept. */
  readonly instead?: Clauses;
}

/** A fake runs no programs: what it is asked, and which tests of that need a program. */
export interface FakeTests {
  readonly setUp: () => Promise<EngineUnderTest>;
  readonly promises: readonly EnginePromise[];
  readonly needPrograms: readonly string[];
}

/** Every promise and its tests: as many as it takes to believe it. */
const CLAUSES = {
  ...programClauses,
  ...outputClauses,
  ...mountClauses,
  ...isolationClauses,
  ...limitClauses,
  ...lifecycleClauses,
} as const satisfies Record<EnginePromise, readonly ContractTest[]>;

/** Titles of tests in which the app is root. */
const OF_ROOT: readonly string[] = [
  'also root has none',
  'root writes to it only where it was loosened',
];

/** What can be seen of any engine that declares a promise not kept: a stale declaration fails. */
const NOT_KEPT: Clauses = { ...notIsolated, ...notLimited };

const PROMISES = Object.keys(ENGINE_PROMISES) as EnginePromise[];

/**
 * Every promise of `ContainerEngine` as tests. An engine is finished when it passes: a promise that it
 * declares not kept is tested for what is declared.
 */
export function engineContract(name: string, tests: EngineTests): void {
  checkExceptions(name, tests);
  describe(engineTitle(name), () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await Subject.of(tests.setUp);
    });
    const all = (contractTests: readonly ContractTest[]): void => {
      for (const { title, run } of contractTests) test(title, () => run(subject), TEST_MS);
    };
    for (const promise of PROMISES)
      // Side by side, for most of it is waiting; but what is measured in processor time is alone.
      describe(
        promiseTitle(promise, tests.limitations[promise]),
        { concurrent: promise !== 'cpus' },
        () => {
          all(testsOf(promise, tests));
        },
      );
    describe('besides', () => {
      all(besides);
    });
  });
}

/** The part of the contract that the runner's tests rely on in a fake. */
export function fakeContract({ setUp, promises, needPrograms }: FakeTests): void {
  let subject: Subject;
  beforeAll(async () => {
    subject = await Subject.of(setUp);
  });
  const tests = promises.flatMap((promise): readonly ContractTest[] => CLAUSES[promise]);
  for (const title of needPrograms) expect(tests.map((one) => one.title)).toContain(title);
  for (const { title, run } of tests)
    if (!needPrograms.includes(title)) test(title, () => run(subject));
}

/** The contract of an engine that not every machine has; where it is missing, the tests are skipped with the reason. */
export async function engineContractWith(
  part: Part,
  name: EngineName,
  tests: () => Promise<EngineTests>,
): Promise<void> {
  if (part === 'slurm' && isPresent(part)) takeTurn('beside');
  if (isPresent(part)) engineContract(name, await tests());
  else
    describeWith(part, engineTitle(name), () => {
      for (const promise of PROMISES)
        describe(promise, () => {
          for (const { title, run } of CLAUSES[promise]) test(title, run as () => Promise<void>);
        });
    });
}

/** A scheduler takes seconds to start and to end what Docker starts in tenths. */
const TEST_MS = 360_000;

function testsOf(promise: EnginePromise, tests: EngineTests): readonly ContractTest[] {
  const limitation = tests.limitations[promise];
  const instead = tests.instead?.[promise] ?? [];
  const all = CLAUSES[promise].filter(
    ({ title }) => tests.callerOnly !== true || !OF_ROOT.includes(title),
  );
  if (limitation === undefined) return all;
  const declared = declaration(promise, limitation);
  if (limitation.kept === 'not') return [declared, ...(NOT_KEPT[promise] ?? []), ...instead];
  const exceptions = tests.exceptions?.[promise] ?? [];
  const kept = all.filter(({ title }) => !exceptions.includes(title));
  return [declared, ...kept, ...instead];
}

const declaration = (promise: EnginePromise, { kept, sentence }: Limitation): ContractTest => ({
  title: `it is declared ${kept} kept, with a sentence`,
  run: async ({ engine }) => {
    const { limitations } = await engine.info();
    expect(limitations[promise]).toMatchObject({ kept, sentence });
    expect(sentence).toMatch(/^[A-Z].*\.$/s);
  },
});

/** An exception stands only where a limitation is declared and something else is tested, by a title that there is. */
function checkExceptions(
  name: string,
  { limitations, exceptions = {}, instead = {} }: EngineTests,
): void {
  for (const promise of PROMISES) {
    const excepted = exceptions[promise] ?? [];
    const titles = CLAUSES[promise].map(({ title }) => title);
    const unknown = excepted.find((title) => !titles.includes(title));
    if (unknown !== undefined) throw new Error(`${name}: ${promise} has no test "${unknown}"`);
    const kept = limitations[promise]?.kept;
    if (kept === undefined && excepted.length > 0)
      throw new Error(`${name} declares no limitation of ${promise}, but excepts tests of it`);
    if (kept === 'partly' && (instead[promise] ?? []).length === 0)
      throw new Error(`${name} keeps ${promise} partly: test the difference that it declares`);
  }
}
