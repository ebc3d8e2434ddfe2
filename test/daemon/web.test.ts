import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { isTerminal, type RunRecord } from '../../src/runner/index.ts';
import { PATIENT, servedPages, type OpenedPage, type ServedPages } from '../support/browser.ts';
import { describeWith } from '../support/needs.ts';
import { plainApp } from '../support/plain-app.ts';
import { PROBE_IMAGE } from '../support/probe-image.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

const PROBE = readFileSync(new URL('../../apps/probe/descriptor.json', import.meta.url), 'utf8');

describeWith('chromium', 'the page of a server', () => {
  describeWith('docker', 'in a browser', () => {
    let pages: ServedPages;
    let server: TestServer;

    beforeAll(async () => {
      pages = await servedPages(PROBE);
      ({ server } = pages);
    });
    afterAll(() => pages[Symbol.asyncDispose]());

    const opened = (path: string): Promise<OpenedPage> => pages.open(path);

    test('an app is launched with the keyboard alone, and followed to its end', async () => {
      const { page, faults } = await opened('#/apps');
      await page.getByRole('link', { name: 'probe' }).focus();
      await page.keyboard.press('Enter');
      const verbs = page.getByLabel('Verbs');
      await verbs.focus();
      await page.keyboard.type('out\nseen\\n\nthen\nwrite\na.txt\nleft');
      await page.getByRole('button', { name: 'Launch' }).press('Enter');
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
      expect(await page.getByText('ended with exit code 3').count()).toBe(1);
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
      await page.getByRole('button', { name: 'Cancel it' }).click();
      await page.getByText('Nothing waits and nothing runs.').waitFor();
      expect(faults).toEqual([]);
      await page.close();
    });

    test('with little room no word is broken, and nothing lies beside the page', async () => {
      const { page, faults } = await opened('#/runs');
      for (const width of [400, 800]) {
        await page.setViewportSize({ width, height: 800 });
        const state = page.getByRole('cell').locator('.state').first();
        await state.waitFor();
        const lines = "document.querySelector('td .state').getClientRects().length";
        expect(await page.evaluate(lines)).toBe(1);
        const beside =
          'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(await page.evaluate(beside)).toBe(0);
      }
      expect(faults).toEqual([]);
      await page.close();
    });

    test('a file is sent from the form, and the run has its bytes', async () => {
      const copy = plainApp('cat [FILE] > out.txt', {
        name: 'copy',
        'container-image': { type: 'docker', image: PROBE_IMAGE },
      });
      await server.request('POST', '/apps', { body: { descriptor: copy } });
      const { page, faults } = await opened('#/apps/copy/1');
      const name = 'slide é.txt';
      const bytes = Buffer.alloc(9_000_000, 'seen ');
      await page
        .getByLabel('file', { exact: true })
        .setInputFiles({ name, mimeType: 'text/plain', buffer: bytes });
      await page.getByRole('button', { name: 'Launch' }).press('Enter');
      await page.getByText('COMPLETE', { exact: true }).waitFor();
      await page.getByRole('cell', { name: `${name} (sent)` }).waitFor();
      const { body: runs } = await server.request<{ runs: { runId: string }[] }>(
        'GET',
        '/runs?app=copy',
      );
      const runId = runs.runs[0]?.runId ?? '';
      const output = await server.request('GET', `/runs/${runId}/outputs/out.txt`);
      expect(output.bytes.equals(bytes)).toBe(true);
      const { body: uploads } = await server.request<{ name: string }[]>('GET', '/uploads');
      expect(uploads).toMatchObject([{ name, sizeBytes: bytes.length }]);
      expect(faults).toEqual([]);
      await page.close();
    });

    test('a folder is sent from the form of an app in folder mode', async () => {
      const app = {
        name: 'in folders',
        'schema-version': 'cytomine-0.1',
        'tool-version': '1',
        'container-image': { type: 'singularity', image: PROBE_IMAGE },
        'command-line': 'read /data/in/deep/a.txt then argv',
        inputs: [],
      };
      await server.request('POST', '/apps', { body: { descriptor: app } });
      const folder = join(pages.home, 'my slides');
      await mkdir(join(folder, 'deep'), { recursive: true });
      await writeFile(join(folder, 'deep/a.txt'), 'seen by the app');
      const { page, faults } = await opened('#/apps/in%20folders/1');
      await page.getByLabel('Folder of pictures', { exact: true }).setInputFiles(folder);
      await page.getByRole('button', { name: 'Launch' }).press('Enter');
      await page.getByRole('log').getByText('seen by the app').waitFor();
      await page.getByText('COMPLETE', { exact: true }).waitFor();
      expect(faults).toEqual([]);
      await page.close();
    });

    test('a batch is found, its failures are read, repeated and canceled, with the keyboard alone', async () => {
      const items = ['good', 'bad'].map((word) => ({
        name: `slide ${word}`,
        parameters: {
          verbs: word === 'bad' ? ['err', 'torn', 'then', 'exit', '3'] : ['exit', '0'],
        },
      }));
      const { body } = await server.request<{ batchId: string }>('POST', '/batches', {
        body: { app: 'probe', items },
      });
      const { page, faults } = await opened('#/batches');
      await page.getByLabel('App').fill('nothing like it');
      await page.keyboard.press('Enter');
      await page.getByText('No batches here.').waitFor();
      await page.getByLabel('App').fill('probe');
      await page.getByLabel('State').selectOption('with failures');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Show' }).press('Enter');
      await page.getByText('1 complete, 1 failed').waitFor();
      await page.getByRole('link', { name: body.batchId }).press('Enter');
      await page.getByText('app-exit: the app ended with exit code 3').waitFor();
      await page.getByLabel('State').selectOption('COMPLETE');
      await page.getByRole('button', { name: 'Show' }).press('Enter');
      await page.getByRole('row', { name: 'slide bad' }).waitFor({ state: 'detached' });
      await page.getByRole('row', { name: 'slide good' }).waitFor();
      const ended = (): Promise<number> =>
        server
          .request<{ runs: RunRecord[] }>('GET', `/runs?batch=${body.batchId}`)
          .then((answer) => answer.body.runs.filter(({ state }) => isTerminal(state)).length);
      await page.getByRole('button', { name: 'Retry what failed' }).press('Enter');
      await expect.poll(ended, PATIENT).toBe(3);
      await page.getByText('1 complete, 1 failed').waitFor();
      const waits = await server.request<{ batchId: string }>('POST', '/batches', {
        body: { app: 'probe', items: [{ parameters: { verbs: ['sleep', '600'] } }], hold: true },
      });
      await page.goto(`${server.url}/#/batches/${waits.body.batchId}`);
      // The page before it has such a button too.
      await page.getByRole('heading', { name: waits.body.batchId }).waitFor();
      await page.getByRole('button', { name: 'Cancel', exact: true }).press('Enter');
      await page.getByRole('button', { name: 'Cancel it' }).press('Enter');
      await page.getByText('1 canceled').waitFor();
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
    const icon = await fetch(`${server.url}/favicon.ico`);
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  });
});
