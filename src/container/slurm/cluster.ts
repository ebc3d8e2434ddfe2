import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ClusterWatch } from './cluster-watch.ts';
import { unreachable } from './failures.ts';
import { HostUnreachable, type HostAnswer, type HostStep, type SlurmHost } from './host.ts';
import type { WorkFolder } from './layout.ts';
import type { SlurmOptions } from './options.ts';

/** One cluster, as every part of the engine sees it. */
export interface Cluster {
  readonly options: SlurmOptions;
  readonly host: SlurmHost;
  readonly work: WorkFolder;
  readonly watch: ClusterWatch;
  readonly clock: Clock;
}

type Answers = readonly (HostAnswer | undefined)[];

/** Asks once. Throws `engine-unavailable` where the host does not answer. */
export async function askOnce({ host }: Cluster, steps: readonly HostStep[]): Promise<Answers> {
  try {
    return await host.ask(steps, { timeoutMs: LIMITS.slurmCommandMs });
  } catch (error) {
    throw error instanceof HostUnreachable ? unreachable(host.title, error) : error;
  }
}

/** Asks what may be done twice, again and again for `LIMITS.engineLostMs`
 * (a question may take a minute by itself: at least `LIMITS.slurmTriesMin` times), until the host answers. */
export async function askAgain(cluster: Cluster, steps: readonly HostStep[]): Promise<Answers> {
  const { clock } = cluster;
  const endMs = clock.monotonicMs() + LIMITS.engineLostMs;
  for (let tries = 1; ; tries += 1) {
    const waitMs = LIMITS.slurmRetryMs * 2 ** Math.min(tries, LIMITS.slurmTriesMin);
    try {
      return await cluster.host.ask(steps, { timeoutMs: LIMITS.slurmCommandMs });
    } catch (error) {
      if (!(error instanceof HostUnreachable)) throw error;
      const isLate = clock.monotonicMs() + waitMs > endMs;
      if (isLate && tries >= LIMITS.slurmTriesMin) throw unreachable(cluster.host.title, error);
      await clock.sleep(waitMs);
    }
  }
}
