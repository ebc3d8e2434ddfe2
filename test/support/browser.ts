import { chromium, type Browser, type Page } from 'playwright-core';

/** What a loaded machine may need for one step. */
export const PATIENT = { timeout: 120_000 };

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

/** A page, and what failed on it or asked anybody but its server. */
export interface OpenedPage {
  readonly page: Page;
  readonly faults: readonly string[];
}

/** @param path below the server's address, such as `#/runs` */
export async function openPage(browser: Browser, url: string, path: string): Promise<OpenedPage> {
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
