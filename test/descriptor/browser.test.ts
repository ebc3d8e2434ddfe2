import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';

import type * as library from '../../src/descriptor/index.ts';
import { bundledForBrowser } from '../support/browser-bundle.ts';

const ENTRY = join(import.meta.dirname, '../../src/descriptor/index.ts');

test('the descriptor layer runs in a browser: bundled, with nothing of Node around it', async () => {
  const bundle = await bundledForBrowser(ENTRY);
  const inBrowser = runInNewContext(`${bundle}; library`, {
    TextEncoder,
  }) as typeof library;
  const { descriptor } = inBrowser.parseDescriptor(
    JSON.stringify({
      name: 'x',
      'schema-version': 'cytomine-0.1',
      'container-image': { type: 'singularity', image: 'a/b' },
      'command-line': 'run [N]',
      inputs: [{ id: 'n', type: 'Number', 'command-line-flag': '--@id', optional: false }],
    }),
  );
  const { invocation } = inBrowser.parseInvocation(descriptor!, {
    user: { n: { kind: 'text', texts: ['5'] } },
  });
  // Lists of the other context are no lists of this one.
  expect([...inBrowser.expandCommand(descriptor!, invocation!).argv]).toEqual(['run', '--n', '5']);
});
