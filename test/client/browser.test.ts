import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';

import type * as library from '../../src/client/index.ts';
import { bundledForBrowser } from '../support/browser-bundle.ts';

const ENTRY = join(import.meta.dirname, '../../src/client/index.ts');

test('the client runs in a browser: bundled, with nothing of Node around it', async () => {
  const asked: string[] = [];
  const inBrowser = runInNewContext(`${await bundledForBrowser(ENTRY)}; library`, {
    ...{ URL, URLSearchParams, AbortController, AbortSignal, TextDecoder, crypto },
    ...{ setTimeout, clearTimeout, performance },
    fetch: async (url: string) => {
      asked.push(url);
      return Response.json({ runs: [{ runId: 'a', state: 'COMPLETE' }] });
    },
  }) as typeof library;
  const { runs } = inBrowser.connect({ url: 'https://example.org/cyto' });
  const listed: string[] = [];
  for await (const { runId } of runs.list({ state: ['active', 'COMPLETE'] })) listed.push(runId);
  expect(listed).toEqual(['a']);
  expect(asked).toEqual(['https://example.org/cyto/runner/v1/runs?state=active&state=COMPLETE']);
});
