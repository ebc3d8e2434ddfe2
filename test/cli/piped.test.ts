import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { cli, LAUNCHER, type CliResult } from '../support/cli.ts';
import { plainApp } from '../support/plain-app.ts';
import { onTerminal } from '../support/pseudo-terminal.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const APP = `a-name-that-is-wider-than-a-terminal-${'x'.repeat(80)}`;
const ITEM = `an item é ${'y'.repeat(80)}`;
const WORDS = `words that an app fails with ${'z '.repeat(80)}end`;
const VALUE = `a value ${'w'.repeat(90)}`;
const REASON = `because another ${'v '.repeat(60)}is better`;

const stack = new AsyncDisposableStack();
let server: TestServer;
let home: string;
let env: Record<string, string>;

beforeAll(async () => {
  home = stack.use(await temporaryFolder()).path;
  const data = stack.use(await temporaryFolder()).path;
  server = stack.use(await startTestServer({ home: data, env: { CYTO_RUN_ENGINE: 'process' } }));
  env = { CYTO_RUN_SERVER: server.url, CYTO_RUN_ENGINE: 'process' };
  const descriptor = plainApp(`echo '${WORDS}' >&2; exit 3`, { name: APP });
  await writeFile(join(home, 'app.json'), JSON.stringify(descriptor));
  await writeFile(join(home, 'items.csv'), `item,word\n"${ITEM}","${VALUE}"\n`);
});
afterAll(() => stack.disposeAsync());

const type = (...args: string[]): Promise<CliResult> => cli(args, { home, env });

test('nothing is cut of what a program reads', async () => {
  const ended = await type('batch', 'app.json', 'items.csv', '--quiet');
  expect(ended, ended.stderr).toMatchObject({ exitCode: 1 });
  await type('apps', 'register', 'app.json');
  await type('apps', 'deprecate', `${APP}@1`, '--reason', REASON);
  const told: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['runs'], [APP, ITEM]],
    [
      ['batch', '--show', 'last'],
      [APP, ITEM],
    ],
    [['show'], [VALUE, WORDS.trim()]],
    [['apps'], [APP, REASON]],
    [['app.json', '--word', VALUE, '--dry-run'], [VALUE]],
  ];
  for (const [line, texts] of told) {
    const { stdout, stderr } = await type(...line);
    for (const text of texts) expect(stdout, stderr).toContain(text);
    expect(stdout).not.toContain('…');
  }
  expect((await type('app.json', '--quiet')).stderr).toContain(WORDS.trim());
});

test('on a terminal a table fits', async () => {
  const { PATH = '' } = process.env;
  await using shown = onTerminal([process.execPath, LAUNCHER, 'runs'], {
    ...{ rows: 20, columns: 90, cwd: home },
    env: { ...env, PATH, HOME: home, XDG_CONFIG_HOME: home, CYTO_RUN_HOME: home },
  });
  await shown.ended;
  const lines = shown.screen.lines();
  expect(lines.join('\n')).toContain('…');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(90);
});
