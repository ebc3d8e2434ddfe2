import { chromium, type Browser, type Page } from 'playwright-core';

import { probeImage } from './probe-image.ts';
import { startTestServer, type TestServer } from './server.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a loaded machine may need for one step. */
export const PATIENT = { timeout: 120_000 };

/** A page, and what failed on it or asked anybody but its server. */
export interface OpenedPage {
  readonly page: Page;
  readonly faults: readonly string[];
}

/** A server of its own that knows an app, and a browser for its pages. */
export interface ServedPages extends AsyncDisposable {
  readonly server: TestServer;
  /** Its data folder. */
  readonly home: string;
  /** @param path below the server's address, such as `#/runs` */
  readonly open: (path: string) => Promise<OpenedPage>;
}

/** `env`: of the server, by its data folder. */
export async function servedPages(
  descriptor: object | string,
  env: (home: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<ServedPages> {
  await probeImage();
  await using begun = new AsyncDisposableStack();
  const { path: home } = begun.use(await temporaryFolder());
  const server = begun.use(await startTestServer({ home, env: env(home) }));
  await server.request('POST', '/apps', { body: { descriptor } });
  const args = ['--no-sandbox'];
  const browser = begun.use(await chromium.launch({ executablePath: '/usr/bin/chromium', args }));
  const open = (path: string): Promise<OpenedPage> => openPage(browser, server.url, path);
  const all = begun.move();
  return { server, home, open, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function openPage(browser: Browser, url: string, path: string): Promise<OpenedPage> {
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('blob:'))
      faults.push(request.url());
  });
  page.setDefaultTimeout(PATIENT.timeout);
  await page.goto(`${url}/${path}`);
  return { page, faults };
}
