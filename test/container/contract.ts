import { describe } from 'vitest';

import { isolationContract } from './contract/isolation.ts';
import { lifecycleContract } from './contract/lifecycle.ts';
import { logCopyContract } from './contract/log-copy.ts';
import { programContract } from './contract/program.ts';
import type { EngineUnderTest } from './contract/subject.ts';

/**
 * Parts of the port's promises, as an engine declares them. `lifecycle` is everyone's: a container
 * starts, writes, ends, is stopped, found and removed.
 *
 * - `program`: runs the program it is told, with exactly these arguments, variables and mounts.
 * - `isolation`: user, read-only root, network, memory, processor and process limits.
 * - `log-copy`: keeps the bytes itself, so that a later process reads them again.
 */
export type Capability = 'lifecycle' | 'program' | 'isolation' | 'log-copy';

const PARTS: Record<Capability, (setUp: () => Promise<EngineUnderTest>) => void> = {
  lifecycle: lifecycleContract,
  program: programContract,
  isolation: isolationContract,
  'log-copy': logCopyContract,
};

/** Every promise of `ContainerEngine` as a test. An adapter is finished when it passes. */
export function engineContract(
  name: string,
  setUp: () => Promise<EngineUnderTest>,
  capabilities: readonly Capability[],
): void {
  for (const capability of capabilities)
    describe(`${name} keeps its promise: ${capability}`, () => {
      PARTS[capability](setUp);
    });
}
