import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { servedPages, type ServedPages } from '../support/browser.ts';
import { EVERY_INPUT } from '../support/every-input.ts';
import { describeWith } from '../support/needs.ts';
import type { TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

/** What axe (WCAG 2.2 AA and its best practices) finds wrong, one line each; `rules`: of these alone. */
async function wrongs(page: Page, rules?: readonly string[]): Promise<string[]> {
  // The page's own policy forbids a script element; this is not one.
  await page.evaluate(axe.source);
  const options = JSON.stringify(rules === undefined ? {} : { runOnly: rules });
  const found = await page.evaluate<axe.AxeResults>(`axe.run(document, ${options})`);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${String(target)} ${failureSummary}`),
  );
}

describeWith('chromium', 'a page that everybody can use', () => {
  describeWith('docker', 'in a browser', () => {
    let pages: ServedPages;
    let server: TestServer;
    const ids = { ended: '', failed: '', held: '', batch: '' };

    beforeAll(async () => {
      pages = await servedPages(EVERY_INPUT);
      ({ server } = pages);
      const run = async (parameters: object, hold = false): Promise<string> =>
        (
          await server.request<{ runId: string }>('POST', '/runs', {
            body: { app: 'every input', parameters, hold },
          })
        ).body.runId;
      ids.ended = await run({ area: 1 });
      ids.failed = await run({ area: 1, title: 'then exit 3' });
      ids.held = await run({ area: 1 }, true);
      const items = [{ parameters: { area: 1 } }, { parameters: { area: 2 } }];
      const body = { app: 'every input', items };
      ids.batch = (
        await server.request<{ batchId: string }>('POST', '/batches', { body })
      ).body.batchId;
      for (const id of [ids.ended, ids.failed]) await server.ended(id);
    });
    afterAll(() => pages[Symbol.asyncDispose]());

    const views = (): Record<string, string> => ({
      runs: '#/runs',
      'no runs': '#/runs?app=none',
      queue: '#/queue',
      batches: '#/batches',
      batch: `#/batches/${ids.batch}`,
      apps: '#/apps',
      form: '#/apps/every%20input/1',
      'ended run': `#/runs/${ids.ended}`,
      'failed run': `#/runs/${ids.failed}`,
      'held run': `#/runs/${ids.held}`,
      'no such run': '#/runs/none',
    });

    test.each(['light', 'dark'] as const)(
      'no view breaks a rule of accessibility in %s colours, wide or narrow',
      async (colorScheme) => {
        const found: Record<string, string[]> = {};
        const { page } = await pages.open('#/runs');
        await page.emulateMedia({ colorScheme });
        const width = colorScheme === 'light' ? 1280 : 375;
        await page.setViewportSize({ width, height: 800 });
        for (const [name, path] of Object.entries(views())) {
          await page.goto(`${server.url}/${path}`);
          await page.reload();
          await page.locator('h1:focus').waitFor();
          // Colours are all that differs.
          const told = await wrongs(page, colorScheme === 'dark' ? ['color-contrast'] : undefined);
          if (told.length > 0) found[name] = told;
          const beside =
            'document.documentElement.scrollWidth > document.documentElement.clientWidth';
          if (await page.evaluate(beside)) found[`${name} is too wide`] = [];
        }
        expect(found).toEqual({});
        await page.close();
      },
    );

    test('faults on a form and a question break no rule either; Escape leaves a run alone', async () => {
      const { page, faults } = await pages.open('#/apps/every%20input/1');
      await page.getByRole('button', { name: 'Launch' }).press('Enter');
      await page.getByText('A value is needed.').waitFor();
      expect(await wrongs(page)).toEqual([]);
      await page.goto(`${server.url}/#/runs/${ids.held}`);
      await page.getByRole('button', { name: 'Release' }).waitFor();
      const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
      await cancel.press('Enter');
      await page.getByRole('dialog', { name: 'Cancel this run?' }).waitFor();
      expect(await wrongs(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      const { body } = await server.request<{ state: string }>('GET', `/runs/${ids.held}`);
      expect(body.state).toBe('QUEUED');
      await cancel.press('Enter');
      await page.getByRole('button', { name: 'Cancel it' }).press('Enter');
      await page.getByText('CANCELED', { exact: true }).waitFor();
      expect(faults).toEqual([]);
      await page.close();
    });

    test('an ended run is run again from its page, which names the one it repeats', async () => {
      const { page, faults } = await pages.open(`#/runs/${ids.ended}`);
      await page.getByRole('button', { name: 'Run again' }).press('Enter');
      await page.waitForURL((url) => /#\/runs\/\d/.test(url.hash) && !url.hash.includes(ids.ended));
      await page.getByRole('definition').getByText(ids.ended).waitFor();
      await page.getByText('COMPLETE', { exact: true }).waitFor();
      expect(faults).toEqual([]);
      await page.close();
    });

    test('an address that is none says so, and a server that is gone too', async () => {
      const { page } = await pages.open('#/nothing/like/it');
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
      await page.goto(`${server.url}/#/runs/%E0`);
      await page.getByRole('heading', { name: 'That did not work' }).waitFor();
      await page.goto(`${server.url}/#/runs`);
      await page.getByRole('link', { name: ids.ended }).first().waitFor();
      await page.route('**/runner/v1/runs?*', (route) => route.abort());
      await page.getByText('The server does not answer. This is how it was at').waitFor();
      await page.unroute('**/runner/v1/runs?*');
      await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
      await page.close();
    });
  });
});
