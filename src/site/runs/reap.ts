import type { ContainerEngine } from '../../container/index.ts';
import { attemptOf, isTerminal } from '../../runner/index.ts';
import type { RunStore } from '../../store/index.ts';

/**
 * Removes containers of this data folder whose run has ended, is not known, or is in a later attempt: what a crash between
 * asking the engine and its answer can leave behind. Others' containers carry another label and are
 * never seen. Returns how many there were.
 */
export async function reapContainers(store: RunStore, engine: ContainerEngine): Promise<number> {
  let reaped = 0;
  for (const { name, runId, attempt } of await engine.list(store.dataId, 'lately')) {
    if (isActive(store, runId, attempt)) continue;
    const container = await engine.find(name);
    await container?.[Symbol.asyncDispose]();
    reaped += 1;
  }
  return reaped;
}

function isActive(store: RunStore, runId: string, attempt: number): boolean {
  try {
    const record = store.read(runId);
    return !isTerminal(record.state) && attempt >= attemptOf(record);
  } catch {
    return false;
  }
}
