import type { EnginePromise } from '../../../src/container/index.ts';
import type { Subject } from './subject.ts';

/** One test of a promise, the same for every engine. */
export interface ContractTest {
  readonly title: string;
  readonly run: (subject: Subject) => Promise<void>;
}

/** The tests of some promises. */
export type Clauses = Readonly<Partial<Record<EnginePromise, readonly ContractTest[]>>>;

export const contractTest = (title: string, run: ContractTest['run']): ContractTest => ({
  title,
  run,
});
