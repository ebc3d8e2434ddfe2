import { expect } from 'vitest';

import { podmanEngine } from '../../src/container/docker/index.ts';
import { podmanUnderTest } from '../support/engines-under-test.ts';
import { engineContractWith } from './contract.ts';
import { contractTest } from './contract/contract-test.ts';

const MEMORY = { pids: 200, memoryBytes: 48 * 2 ** 20 };

await engineContractWith('podman', 'podman', async () => ({
  setUp: podmanUnderTest,
  limitations: (await podmanEngine().info()).limitations,
  exceptions: { memory: ['an app that was killed by somebody else did not run out of memory'] },
  instead: {
    memory: [
      contractTest(
        'an app without a limit that was killed did not run out of memory',
        async (subject) => {
          const { exit } = await subject.run(['signal', 'KILL']);
          expect(exit).toMatchObject({ exitCode: 137, outOfMemory: false });
        },
      ),
      contractTest('an app that we killed did not run out of memory', async (subject) => {
        await using container = await subject.start(['sleep', '600'], { limits: MEMORY });
        await container.stop(0);
        expect(await container.wait()).toMatchObject({ exitCode: 137, outOfMemory: false });
      }),
    ],
  },
}));
