import type { ContainerEngine } from '../container/index.ts';
import { isTerminal } from '../runner/index.ts';
import type { RunStore } from '../store/index.ts';

/**
 * Removes containers of this data folder whose run has ended or is not known: what a crash between
 * asking the engine and its answer can leave behind. Others' containers carry another label and are
 * never seen. Returns how many there were.
 */
export async function reapContainers(store: RunStore, engine: ContainerEngine): Promise<number> {
  let reaped = 0;
  for (const { name, runId } of await engine.list(store.dataId)) {
    if (isActive(store, runId)) continue;
    const container = await engine.find(name);
    await container?.[Symbol.asyncDispose]();
    reaped += 1;
  }
  return reaped;
}

function isActive(store: RunStore, runId: string): boolean {
  try {
    return !isTerminal(store.read(runId).state);
  } catch {
    return false;
  }
}
