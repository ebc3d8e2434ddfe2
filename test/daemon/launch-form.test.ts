import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { PATIENT, servedPages, type OpenedPage, type ServedPages } from '../support/browser.ts';
import { EVERY_INPUT } from '../support/every-input.ts';
import { describeWith } from '../support/needs.ts';
import type { TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

describeWith('chromium', 'the form of an app', () => {
  describeWith('docker', 'in a browser', () => {
    let pages: ServedPages;
    let server: TestServer;

    beforeAll(async () => {
      pages = await servedPages(EVERY_INPUT, (home) => ({
        CYTO_RUN_URL_HOSTS: 'slides.example',
        CYTO_RUN_MOUNT_ROOTS: home,
      }));
      ({ server } = pages);
    });
    afterAll(() => pages[Symbol.asyncDispose]());

    const opened = (query = ''): Promise<OpenedPage> =>
      pages.open(`#/apps/every%20input/1${query}`);

    async function launched(page: OpenedPage['page']): Promise<RunRecord> {
      await page.getByRole('button', { name: 'Launch' }).press('Enter');
      await page.waitForURL(/#\/runs\/\d/);
      const runId = page.url().split('/').at(-1) ?? '';
      return (await server.request<RunRecord>('GET', `/runs/${runId}`)).body;
    }

    test('what is left as it is stays a default in the record, what is changed is the user’s', async () => {
      const { page, faults } = await opened();
      expect(await page.getByLabel('Title of it').inputValue()).toBe('nuclei');
      expect(await page.getByLabel('Level').inputValue()).toBe('0.5');
      expect(await page.getByLabel('Way').inputValue()).toBe('otsu');
      await page.getByLabel('Title of it').fill('other');
      await page.getByLabel('Title of it').fill('nuclei');
      await page.getByLabel('Level').fill('');
      await page.getByLabel('Smallest area').fill('007');
      await page.getByLabel('Smallest area').fill('12345678901234567890');
      await page.getByLabel('blue').press('Space');
      await page.getByLabel('Invert').press('Space');
      await page.getByLabel('Words').fill('one, with a comma\n\n two');
      await page.getByLabel('Key').fill('hush');
      expect(await page.getByLabel('Key').getAttribute('type')).toBe('password');
      const { parameters } = await launched(page);
      const told = parameters.map(({ inputId, value, source }) => [inputId, value, source]);
      expect(told).toEqual([
        ['title', 'nuclei', 'default'],
        ['level', expect.objectContaining({ text: '0.5' }), 'default'],
        ['area', expect.objectContaining({ text: '12345678901234567890' }), 'user'],
        ['way', 'otsu', 'default'],
        ['dyes', ['blue'], 'user'],
        ['invert', true, 'user'],
        ['words', ['one, with a comma', ' two'], 'user'],
        ['api_token', '*****', 'user'],
      ]);
      expect(faults).toEqual([]);
      await page.close();
    });

    const faultBeside = async (field: Locator): Promise<string> => {
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      const [, told = ''] = (await field.getAttribute('aria-describedby'))?.split(' ') ?? [];
      return (await field.page().locator(`#${told}`).textContent()) ?? '';
    };
    const isFocused = (field: Locator): Promise<boolean> =>
      field.and(field.page().locator(':focus')).isVisible();

    test('what is wrong is told beside its field, before anything is sent, and the first is gone to', async () => {
      const { page, faults } = await opened();
      await page.getByLabel('Level').fill('0');
      await page.getByLabel('Way').selectOption('li');
      for (const dye of ['red', 'green', 'blue'])
        await page.getByLabel(dye, { exact: true }).check();
      await page.getByLabel('Way').press('Enter');
      await page.getByRole('button', { name: 'Launch' }).press('Enter');
      await page.getByRole('alert').getByText('3 values need another look').waitFor();
      expect(await faultBeside(page.getByLabel('Level'))).toBe('It takes a number above 0 to 1.');
      expect(await faultBeside(page.getByLabel('Smallest area'))).toBe('A value is needed.');
      expect(await faultBeside(page.getByLabel('red', { exact: true }))).toContain('At most 2');
      expect(await isFocused(page.getByLabel('Level'))).toBe(true);
      await page.getByLabel('Level').fill('0.25');
      expect(await page.getByLabel('Level').getAttribute('aria-invalid')).toBeNull();
      expect(faults).toEqual([]);
      await page.close();
    });

    test('what the server refuses is told beside its fields, in no words of a terminal', async () => {
      const { page } = await opened();
      await page.getByText('At most one of: A mask, A colour').waitFor();
      await page.getByLabel('Smallest area').fill('3');
      await page.getByLabel('A mask').fill('x');
      await page.getByLabel('A colour').fill('y');
      await page.getByText('Limits').click();
      await page.getByRole('button', { name: 'Launch' }).press('Enter');
      const colour = page.getByLabel('A colour');
      await expect.poll(() => isFocused(colour), PATIENT).toBe(true);
      expect(await faultBeside(colour)).toContain('given together');
      await colour.fill('');
      await page.getByText('Or a path on the server or a URL (slides.example)').first().click();
      await page.getByRole('textbox', { name: 'Or a path' }).fill('/etc/passwd');
      await page.getByRole('button', { name: 'Launch' }).press('Enter');
      const model = page.getByLabel('Model');
      await expect.poll(() => isFocused(model), PATIENT).toBe(true);
      expect(await faultBeside(model)).toMatch(
        /lies outside the folders that this server reads.*\.$/,
      );
      await page.getByRole('textbox', { name: 'Or a path' }).fill('');
      await page.getByLabel('Memory').fill('lots');
      await page.getByRole('button', { name: 'Launch' }).press('Enter');
      const memory = page.getByLabel('Memory');
      await expect.poll(() => isFocused(memory), PATIENT).toBe(true);
      expect(await faultBeside(memory)).toContain('"lots" is not a size above zero');
      const text = await page.locator('main').textContent();
      expect(text).not.toMatch(/ --|`|\{"/);
      await page.close();
    });

    test('a run is begun again with other values: those of its user stand on the form', async () => {
      const parameters = { area: 7, dyes: ['green', 'red'], words: ['a', 'b'], api_token: 'hush' };
      const body = { app: 'every input', parameters, hold: true };
      const { body: run } = await server.request<{ runId: string }>('POST', '/runs', { body });
      const { page, faults } = await pages.open(`#/runs/${run.runId}`);
      await page.getByRole('link', { name: 'With other values' }).press('Enter');
      await page.getByLabel('Smallest area').waitFor();
      expect(await page.getByLabel('Smallest area').inputValue()).toBe('7');
      expect(await page.getByLabel('green').isChecked()).toBe(true);
      expect(await page.getByLabel('Words').inputValue()).toBe('a\nb');
      expect(await page.getByLabel('Key').inputValue()).toBe('');
      expect(faults).toEqual([]);
      await page.close();
    });
  });
});
