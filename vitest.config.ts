import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes each, mostly of waiting: begun last, the rest of the machine would wait for them. */
const LONGEST = ['daemon/torture', 'container/slurm/real-cluster', 'daemon/server', 'apps/engines'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/closing-line-reporter.ts'],
    restoreMocks: true,
    unstubEnvs: true,
    // Most of the time is waiting for engines: there is room for more files than processors.
    maxWorkers: Math.max(3, availableParallelism()),
    // Only what hangs takes so long; a loaded machine may take ten times what is usual.
    testTimeout: 180_000,
    hookTimeout: 600_000,
    sequence: { sequencer: LongestFirst },
    expect: { poll: { timeout: 60_000 } },
  },
});
