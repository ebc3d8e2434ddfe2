import type { RunStore } from '../store/index.ts';
import type { Configuration } from '../site/index.ts';
import type { Executor } from './executor.ts';
import { Dispatcher } from './queue/dispatcher.ts';
import type { DispatcherPorts } from './queue/dispatcher-ports.ts';
import { machineOf } from './queue/machine.ts';
import { limitsOf, poolsOf } from './queue/pools.ts';

type GivenPorts = Pick<DispatcherPorts, 'inputs' | 'clock' | 'stopping' | 'report'>;

interface QueuePorts extends GivenPorts {
  readonly engines: Parameters<typeof machineOf>[1];
  readonly store: RunStore;
  readonly executor: Executor;
}

/** A server's queue, over what its engine says that the machine has. */
export async function openQueue(
  configuration: Configuration,
  { store, executor, ...ports }: QueuePorts,
): Promise<{
  readonly dispatcher: Dispatcher;
  /** Lets the queue go by another configuration. */
  readonly resize: (next: Configuration) => void;
}> {
  const machine = await machineOf(configuration, ports.engines);
  const dispatcher = new Dispatcher({
    ...ports,
    pools: poolsOf(configuration, machine),
    limits: limitsOf(configuration),
    execute: (run) => executor.execute(run),
    adopt: (runId) => executor.adopt(runId),
    prepareAgain: (record) => executor.prepareAgain(record),
    endIfStopped: (runId) => executor.endIfStopped(runId),
    fail: (runId, failure) => executor.fail(runId, failure),
    expire: (runId, message) => {
      executor.endWaiting(store.read(runId), { code: 'deadline-missed', message });
    },
  });
  const resize = (next: Configuration): void => {
    dispatcher.resize(poolsOf(next, machine), limitsOf(next));
  };
  return { dispatcher, resize };
}
