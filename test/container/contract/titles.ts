import {
  ENGINE_PROMISES,
  type EnginePromise,
  type Limitation,
} from '../../../src/container/index.ts';

/*
 * How the suites of the contract are called, written and read back: a title is all that a reporter
 * knows of a suite that was skipped.
 */

export const engineTitle = (engine: string): string => `${engine} keeps its promises`;

export const promiseTitle = (promise: EnginePromise, limitation?: Limitation): string =>
  limitation === undefined
    ? promise
    : `${promise} (${limitation.kept} kept: ${limitation.sentence})`;

/** The engine that a suite is about, and why it was skipped if it was. */
export function engineOfTitle(title: string): { engine: string; skipped?: string } | undefined {
  const { engine, skipped } =
    /^(?<engine>\S+) keeps its promises(?: \(skipped: (?<skipped>.*)\))?$/s.exec(title)?.groups ??
    {};
  if (engine === undefined) return undefined;
  return { engine, ...(skipped === undefined ? {} : { skipped }) };
}

export function promiseOfTitle(
  title: string,
): { promise: EnginePromise; limitation?: Limitation } | undefined {
  const { promise, kept, sentence } =
    /^(?<promise>[a-z-]+)(?: \((?<kept>partly|not) kept: (?<sentence>.*)\))?$/s.exec(title)
      ?.groups ?? {};
  if (promise === undefined || !(promise in ENGINE_PROMISES)) return undefined;
  const name = promise as EnginePromise;
  if ((kept !== 'partly' && kept !== 'not') || sentence === undefined) return { promise: name };
  return { promise: name, limitation: { kept, sentence } };
}
