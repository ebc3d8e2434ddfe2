import fc from 'fast-check';
import { expect, test } from 'vitest';

import { openStore, type StoredApp } from '../../src/store/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const app = (name: string, version: string): Omit<StoredApp, 'createdAt'> => ({
  name,
  version,
  dialect: 'boutiques-0.5',
  descriptorText: '{}',
  descriptorSha256: 'ab',
  registeredBy: 'ada',
  enabled: true,
});

test('pages of apps hold each version once, in their order, whatever they are called and whatever comes meanwhile', async () => {
  await using folder = await temporaryFolder();
  const clock = new ManualClock();
  using store = openStore({ folder: folder.path, clock });
  const { apps } = store.server;
  const names = fc.sample(fc.string({ unit: 'grapheme', minLength: 1 }), { seed: 7, numRuns: 20 });
  for (const name of [...new Set([...names, 'a', 'a~b', "a'b", '["a"]', '~'])])
    for (const version of ['1', '2', '~'].slice(0, 1 + (name.length % 3))) {
      // Some in the same moment.
      if (version === '2') clock.advance(1_000);
      apps.add(app(name, version));
    }
  const all = apps.page({ limit: 1_000 });
  expect(all.nextCursor).toBeUndefined();
  const sorted = all.apps.map(({ name, version }) => [name, version]);
  for (const limit of [1, 2, 7]) {
    const found: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = apps.page({ limit, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.apps.length).toBeLessThanOrEqual(limit);
      found.push(...page.apps.map(({ name, version }) => [name, version]));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(found).toEqual(sorted);
  }
  const own = apps.page({ name: 'a~b', limit: 10 });
  expect(own.apps).toEqual(apps.versions('a~b'));
  const first = apps.page({ limit: 3 });
  apps.add(app(' before all', '1'));
  const second = apps.page({ limit: 3, cursor: first.nextCursor ?? '' });
  expect(second.apps).toEqual(all.apps.slice(3, 6));
  for (const cursor of ['x', '', Buffer.from('[1,2,3]').toString('base64url'), '~'])
    expect(() => apps.page({ limit: 1, cursor }), cursor).toThrow('is not the place of a page');
});
