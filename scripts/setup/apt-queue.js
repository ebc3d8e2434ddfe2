import { setTimeout as sleep } from 'node:timers/promises';

/** Parts that start together find out within this what they lack. */
const GATHER_MS = 150;

let turn = Promise.resolve();

/**
 * One after the other, in the order of asking: apt has several locks and waits only for one.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function inTurn(work) {
  const mine = turn.then(work);
  turn = mine.catch(() => {});
  return mine;
}

/**
 * Makes one call of what is asked for at the same time, or while another call is at work: a package
 * manager that is started five times reads and settles everything five times. Where the one call
 * fails, each asker gets a call of its own, so that nobody suffers from what another asked for.
 *
 * @param {(items: readonly string[], say: (line: string) => void) => Promise<void>} install
 * @param {{ gatherMs?: number }} [options]
 * @returns {(items: readonly string[], say: (line: string) => void) => Promise<void>}
 */
export function together(install, { gatherMs = GATHER_MS } = {}) {
  const asked = [];
  const serveAll = async () => {
    const askers = asked.splice(0);
    if (askers.length === 0) return;
    const all = [...new Set(askers.flatMap(({ items }) => items))];
    const error = await failureOf(install(all, askers[0].say));
    if (error === undefined) return;
    for (const asker of askers)
      asker.error = askers.length === 1 ? error : await failureOf(install(asker.items, asker.say));
  };
  return async (items, say) => {
    say(`apt-get install ${items.join(' ')}`);
    const asker = { items, say, error: undefined };
    asked.push(asker);
    await sleep(gatherMs);
    await inTurn(serveAll);
    if (asker.error !== undefined) throw asker.error;
  };
}

const failureOf = (promise) =>
  promise.then(
    () => undefined,
    (error) => error,
  );
