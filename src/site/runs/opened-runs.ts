import type { RunStore } from '../../store/index.ts';
import type { Configuration } from '../configuration.ts';
import { configurationFor, openDataFolder } from '../data-folder.ts';
import { Engines } from '../engines.ts';
import { reconcileAll } from './reconcile-all.ts';
import type { Caller } from '../caller.ts';

/** The runs of a data folder and the engines that run them. Disposing closes the store. */
export interface OpenedRuns extends Disposable {
  readonly store: RunStore;
  readonly engines: Engines;
}

/**
 * Opens the data folder and settles every run whose process has died. Every command that looks at
 * runs or starts one begins with it.
 */
export async function openRuns(caller: Caller, configuration?: Configuration): Promise<OpenedRuns> {
  const effective = configuration ?? (await configurationFor(caller));
  const store = await openDataFolder(effective, caller);
  const engines = new Engines({ dataFolder: store.folder, configuration: effective });
  const runs = {
    store,
    engines,
    [Symbol.dispose]: () => {
      store[Symbol.dispose]();
    },
  };
  try {
    await reconcileAll(runs);
    return runs;
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}
