import { isTerminal, type RunState } from '../../runner/index.ts';
import type { Dispatcher } from '../queue/dispatcher.ts';

/** What the queue says of a run that waits in it. */
export function waitingIn(
  dispatcher: Pick<Dispatcher, 'waitOf'>,
  { runId, state }: { readonly runId: string; readonly state: RunState },
): { readonly waiting?: string } {
  const wait = isTerminal(state) ? undefined : dispatcher.waitOf(runId);
  return wait === undefined ? {} : { waiting: wait.code };
}
