import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { servedPages, type ServedPages } from '../support/browser.ts';
import { describeWith } from '../support/needs.ts';
import { plainApp } from '../support/plain-app.ts';
import { PROBE_IMAGE } from '../support/probe-image.ts';
import type { TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

const HTML = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
/** Shown as it is, what follows it would be read backwards. */
const OVERRIDE = '\u202e';
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SQUARE =
  '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":12345678901234567890},"geometry":{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]]]}}]}';

const LINES = [
  `printf %s '${PIXEL}' | base64 -d > mask.png`,
  `printf 'name,area\\n"a, b",12\\n"two\\nlines","<b>3</b>"\\n' > table.csv`,
  `printf %s '${SQUARE}' > shapes.geojson`,
  `printf %s '{"broken":' > broken.json`,
  `yes 'row,0123456789' | head -c 30000000 > big.csv`,
  `: > empty.txt`,
  `printf inside > '<img src=x onerror=alert(1)> a.txt'`,
  `printf x > "$(printf 'exe\\342\\200\\256gpj.txt')"`,
  `mkdir folder && printf y > folder/inner.txt`,
  `printf '%s\\033[31mred\\033[0m\\n' [WORD]`,
];

describeWith('chromium', 'what an app left and wrote', () => {
  describeWith('docker', 'in a browser', () => {
    let pages: ServedPages;
    let server: TestServer;
    let runId: string;

    beforeAll(async () => {
      const descriptor = plainApp(LINES.join('; '), {
        name: 'leaves',
        'container-image': { type: 'docker', image: PROBE_IMAGE },
        'output-files': [
          { id: 'files', name: 'files', 'path-template': '*.*', list: true, optional: true },
          { id: 'folder', name: 'folder', 'path-template': 'folder', optional: true },
        ],
      });
      pages = await servedPages(descriptor);
      ({ server } = pages);
      const word = `${HTML}${OVERRIDE}gnp.exe`;
      const body = { app: 'leaves', parameters: { word } };
      runId = (await server.request<{ runId: string }>('POST', '/runs', { body })).body.runId;
      expect((await server.ended(runId)).state).toBe('COMPLETE');
    });
    afterAll(() => pages[Symbol.asyncDispose]());

    const show = async (page: Page, name: string): Promise<void> => {
      await page.getByRole('button', { name: `Show ${name}` }).press('Enter');
      await page.locator('h3:focus', { hasText: name }).waitFor();
    };

    test('pictures, tables, outlines and texts are shown, with the keyboard alone', async () => {
      const { page, faults } = await pages.open(`#/runs/${runId}`);
      await page.getByRole('img', { name: 'mask.png' }).waitFor();
      await show(page, 'table.csv');
      expect(await page.getByRole('cell', { name: 'a, b' }).count()).toBe(1);
      expect(await page.getByRole('cell', { name: 'two lines' }).count()).toBe(1);
      expect(await page.getByRole('cell', { name: '<b>3</b>' }).count()).toBe(1);
      await show(page, 'shapes.geojson');
      await page.getByRole('img', { name: '1 object, outlines' }).waitFor();
      // Digits that a double has no room for are shown as they are.
      await page.getByText('"n": 12345678901234567890').waitFor();
      await show(page, 'broken.json');
      await page.getByText('{"broken":', { exact: true }).waitFor();
      await show(page, 'empty.txt');
      await page.getByText('The file is empty.').waitFor();
      expect(faults).toEqual([]);
      await page.close();
    });

    test('of a large table no more is fetched than is shown', async () => {
      const { page, faults } = await pages.open(`#/runs/${runId}`);
      const answer = page.waitForResponse(/big\.csv$/);
      await show(page, 'big.csv');
      const { status, length } = await answer.then(async (response) => ({
        status: response.status(),
        length: Number((await response.allHeaders())['content-length']),
      }));
      expect({ status, length }).toEqual({ status: 206, length: 262_144 });
      await page.getByText('The first 262 kB of 30.0 MB.').waitFor();
      await page.getByText('The first 200 rows.').waitFor();
      const saved = page.waitForEvent('download');
      await page.getByRole('link', { name: 'folder', exact: true }).press('Enter');
      expect((await saved).suggestedFilename()).toBe('folder.zip');
      expect(faults).toEqual([]);
      await page.close();
    });

    test('names, values and lines are text, in their own order, whatever they hold', async () => {
      const { page, faults } = await pages.open(`#/runs/${runId}`);
      await page.getByRole('log').getByText(`${HTML}⟨U+202E⟩gnp.exered`).waitFor();
      await page.getByRole('cell', { name: `${HTML}⟨U+202E⟩gnp.exe` }).waitFor();
      await page.getByRole('link', { name: 'exe⟨U+202E⟩gpj.txt' }).waitFor();
      await show(page, '<img src=x onerror=alert(1)> a.txt');
      await page.getByText('inside', { exact: true }).waitFor();
      const text = (await page.locator('main').textContent()) ?? '';
      expect(text).not.toContain(OVERRIDE);
      expect(text).not.toContain('wrote nothing');
      expect(await page.title()).toBe('leaves – cyto-run');
      expect(await page.locator('main script, main img:not(.preview)').count()).toBe(0);
      // As a value to begin with it is whole again.
      await page.getByRole('link', { name: 'With other values' }).press('Enter');
      const field = page.getByLabel('word');
      await field.waitFor();
      expect(await field.inputValue()).toBe(`${HTML}${OVERRIDE}gnp.exe`);
      expect(faults).toEqual([]);
      await page.close();
    });

    test('of the long log of a run that has ended its end is fetched, and no more', async () => {
      const loud = `yes 'row,0123456789' | head -c 5000000; echo the end`;
      const descriptor = plainApp(loud, {
        name: 'loud',
        'container-image': { type: 'docker', image: PROBE_IMAGE },
      });
      await server.request('POST', '/apps', { body: { descriptor } });
      const { body } = await server.request<{ runId: string }>('POST', '/runs', {
        body: { app: 'loud', parameters: {} },
      });
      await server.ended(body.runId);
      const { page, faults } = await pages.open(`#/runs/${body.runId}`);
      await page.getByText('Only the end is shown here.').waitFor();
      expect(await page.getByRole('log').textContent()).toMatch(/the end\n$/);
      const fetched = await page.evaluate<number>(
        'performance.getEntriesByType("resource").reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)',
      );
      expect(fetched).toBeLessThan(1_000_000);
      expect(faults).toEqual([]);
      await page.close();
    });

    test('where a token is wanted it is asked for, and files are saved with it', async () => {
      const body = { name: 'page', owner: 'local', scope: 'admin' };
      const { body: made } = await server.request<{ token: string }>('POST', '/tokens', { body });
      const { page } = await pages.open(`#/runs/${runId}`);
      await page.getByLabel('Token').fill(made.token);
      await page.keyboard.press('Enter');
      for (const name of ['table.csv', 'stdout']) {
        const saved = page.waitForEvent('download');
        await page.getByRole('button', { name, exact: true }).press('Enter');
        const bytes = await readFile(await (await saved).path());
        expect(bytes.toString()).toMatch(name === 'stdout' ? /red/ : /^name,area/);
      }
      await page.close();
    });
  });
});
