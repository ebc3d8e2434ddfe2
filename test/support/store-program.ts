/**
 * A program of its own on a data folder, for tests of what several do to one and of what is left when
 * one is killed: `node store-program.ts FOLDER ACTION …`. Prints a line when it has done its action.
 */
import { flushCompileCache } from 'node:module';

import { systemClock } from '../../src/base/clock.ts';
import { newRunId, openStore, type RunStore } from '../../src/store/index.ts';
import { createdFacts } from './run-values.ts';

const [folder = '', action = '', ...rest] = process.argv.slice(2);
const store = openStore({ folder, clock: systemClock });

const ACTIONS: Record<string, (store: RunStore, ...rest: string[]) => string> = {
  /** Creates a run and stays alive with it. */
  hold: () => {
    const runId = newRunId(systemClock);
    store.create(runId, createdFacts());
    store.append(runId, [{ type: 'state', state: 'INITIALIZING' }]);
    setInterval(() => undefined, 60_000);
    return `${runId} ${store.ownerId}`;
  },
  /** Creates as many runs as it is told, each with ten events, and closes the store. */
  runs: (_store, count) => {
    for (let made = 0; made < Number(count); made += 1) {
      const runId = newRunId(systemClock);
      store.create(runId, createdFacts());
      for (let percent = 0; percent < 10; percent += 1)
        store.append(runId, [{ type: 'progress', percent }]);
    }
    store[Symbol.dispose]();
    return 'done';
  },
  /** Asks a run to stop, and to stop again. */
  stop: (_store, runId = '') => {
    store.requestStop(runId, 'platform');
    return store.requestStop(runId, 'user').stopCause ?? '';
  },
  /** Claims a run, says whether it got it, and stays alive. */
  claim: (_store, runId = '') => {
    setInterval(() => undefined, 60_000);
    return String(store.claim(runId));
  },
  /** Claims every run there is, says which it got, and stays alive. */
  claimAll: () => {
    setInterval(() => undefined, 60_000);
    const all = store.list({ limit: 1000 }).runs.map(({ runId }) => runId);
    return JSON.stringify(all.filter((runId) => store.claim(runId)));
  },
  /** Writes to a run's log without closing it, and stays alive. */
  log: (_store, ...texts) => {
    const runId = newRunId(systemClock);
    store.create(runId, createdFacts());
    const log = store.openLog(runId);
    for (const text of texts)
      void log.write({
        stream: text.startsWith('E') ? 'stderr' : 'stdout',
        bytes: Buffer.from(text),
      });
    setInterval(() => undefined, 60_000);
    return `${runId} ${JSON.stringify(log.offsets)}`;
  },
};

const act = ACTIONS[action];
if (act === undefined) throw new TypeError(`no such action: ${action}`);
const said = act(store, ...rest);
// A killed program would leave the next one to compile everything again.
flushCompileCache();
process.stdout.write(`${said}\n`);
