import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

import type * as library from '../../src/descriptor/index.ts';

const ENTRY = join(import.meta.dirname, '../../src/descriptor/index.ts');

test('the descriptor layer runs in a browser: bundled, with nothing of Node around it', async () => {
  const bundle = await bundled();
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

async function bundled(): Promise<string> {
  const warnings: string[] = [];
  const bundle = await rolldown({
    input: ENTRY,
    platform: 'browser',
    onLog: (_, log) => warnings.push(log.message),
  });
  const { output } = await bundle.generate({
    format: 'iife',
    name: 'library',
    codeSplitting: false,
  });
  await bundle.close();
  expect(warnings).toEqual([]);
  return output[0].code;
}
