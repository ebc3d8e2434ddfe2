import { readFileSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { describeWith } from '../support/needs.ts';
import { probeImage } from '../support/probe-image.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

const PATIENT = { timeout: 120_000 };
const PROBE = readFileSync(new URL('../../apps/probe/descriptor.json', import.meta.url), 'utf8');

describeWith('chromium', 'the page of a server', () => {
  describeWith('docker', 'in a browser', () => {
    let home: Awaited<ReturnType<typeof temporaryFolder>>;
    let server: TestServer;
    let browser: Browser;

    beforeAll(async () => {
      await probeImage();
      home = await temporaryFolder();
      server = await startTestServer({ home: home.path });
      await server.request('POST', '/apps', { body: { descriptor: PROBE } });
      browser = await chromium.launch({
        executablePath: '/usr/bin/chromium',
        args: ['--no-sandbox'],
      });
    });
    afterAll(async () => {
      await browser.close();
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    });

    /** A page on which nothing fails and which asks nobody but its server. */
    async function opened(path: string): Promise<{ page: Page; faults: string[] }> {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on('pageerror', ({ message }) => faults.push(message));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(server.url) && !url.startsWith('blob:')) faults.push(url);
      });
      page.setDefaultTimeout(PATIENT.timeout);
      await page.goto(`${server.url}/${path}`);
      return { page, faults };
    }

    test('an app is launched with the keyboard alone, and followed to its end', async () => {
      const { page, faults } = await opened('#/apps');
      await page.getByRole('link', { name: 'probe' }).focus();
      await page.keyboard.press('Enter');
      const verbs = page.getByLabel('Verbs');
      await verbs.focus();
      await page.keyboard.type('out, seen\\n, then, write, a.txt, left');
      await page.keyboard.press('Enter');
      await page.getByText('COMPLETE', { exact: true }).waitFor();
      await page.getByRole('log').getByText('seen').waitFor();
      await page.getByRole('button', { name: 'Show a.txt' }).click();
      await page.getByText('left', { exact: true }).waitFor();
      expect(faults).toEqual([]);
      await page.close();
    });

    test('what an app writes is text, whatever it looks like, and its failure is told', async () => {
      const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
      const { body } = await server.request<{ runId: string }>('POST', '/runs', {
        body: { app: 'probe', parameters: { verbs: ['out', hostile, 'then', 'exit', '3'] } },
      });
      const { page, faults } = await opened(`#/runs/${body.runId}`);
      await page.getByText('app-exit', { exact: true }).waitFor();
      await page.getByRole('log').getByText(hostile).waitFor();
      expect(await page.title()).toBe('probe – cyto-run');
      expect(faults).toEqual([]);
      await page.close();
    });

    test('the queue says why a run waits; it is released and canceled from there', async () => {
      const { body } = await server.request<{ runId: string }>('POST', '/runs', {
        body: { app: 'probe', parameters: { verbs: ['sleep', '600'] }, hold: 'for the slides' },
      });
      const { page, faults } = await opened('#/queue');
      await page.getByText('for the slides').waitFor();
      await page.getByRole('button', { name: `Release ${body.runId}` }).click();
      await page.getByText('RUNNING', { exact: true }).waitFor();
      await page.getByRole('button', { name: `Cancel ${body.runId}` }).click();
      await page.getByText('Nothing waits and nothing runs.').waitFor();
      expect(faults).toEqual([]);
      await page.close();
    });
  });
});

describe('without a browser', () => {
  test('the pages allow no script but their own, and no other site; that of the API tells every route', async () => {
    await using home = await temporaryFolder();
    await using server = await startTestServer({ home: home.path });
    const page = await fetch(server.url);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await page.text()).not.toMatch(/https?:\/\//);
    expect((await fetch(`${server.url}/assets/../package.json`)).status).toBe(404);
    const api = await (await fetch(`${server.url}/docs`)).text();
    expect(api).toContain('POST /runner/v1/runs');
    expect(api).toContain('Submit a run');
    expect(api).not.toContain('<script');
  });
});
