import type Dockerode from 'dockerode';

import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import { engineMessage, statusOf } from './failures.ts';

/**
 * What the engine knows of a container. Podman looks at the container's process to tell, and fails when
 * that ends while it looks, or has ended and is not yet known to have: asked again, it tells.
 * Throws as dockerode does.
 */
export async function inspectContainer(
  container: Pick<Dockerode.Container, 'inspect'>,
  clock: Clock,
): Promise<Dockerode.ContainerInspectInfo> {
  const startMs = clock.monotonicMs();
  for (;;)
    try {
      return await container.inspect();
    } catch (error) {
      const isLate = clock.monotonicMs() - startMs > LIMITS.podmanEndMs;
      if (isLate || !hasJustEnded(error)) throw error;
      await clock.sleep(LIMITS.podmanLogPollMs);
    }
}

const hasJustEnded = (error: unknown): boolean =>
  statusOf(error) === 500 && /\/proc\/\d+\/\S*: no such (process|file)/.test(engineMessage(error));
