import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

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
    expect: { poll: { timeout: 60_000 } },
  },
});
