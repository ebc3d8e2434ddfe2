import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { certificate } from '../support/certificate.ts';
import { cli, type CliResult } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Every command is a start of Node. */
vi.setConfig({ testTimeout: 120_000 });

let home = '';
const stack = new AsyncDisposableStack();
beforeAll(async () => {
  home = stack.use(await temporaryFolder()).path;
  await mkdir(join(home, 'slides'));
});
afterAll(() => stack.disposeAsync());

interface Finding {
  readonly strength: string;
  readonly line?: number;
  readonly column?: number;
  readonly key?: string;
  readonly message: string;
  readonly hint?: string;
}

async function check(
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number | null; readonly findings: readonly Finding[] }> {
  await writeFile(join(home, 'some.yaml'), text);
  const { exitCode, stdout, stderr } = await cli(['config', 'check', 'some.yaml', '--json'], {
    home,
    env,
  });
  expect(stderr).toBe('');
  const { valid, findings } = JSON.parse(stdout) as { valid: boolean; findings: Finding[] };
  expect(valid).toBe(exitCode === 0);
  return { exitCode, findings };
}

const plain = ({ stdout }: CliResult): string => stdout.replaceAll(home, 'HOME');

test('a good file has nothing wrong with it, whatever the variables are', async () => {
  const text = 'limits:\n  memory: 4GB\nmount-roots: [slides]\nserve:\n  listen: 127.0.0.1:0\n';
  expect(await check(text, { CYTO_RUN_MEMORY: 'much' })).toEqual({ exitCode: 0, findings: [] });
  expect(await check('')).toEqual({ exitCode: 0, findings: [] });
});

test('everything that is wrong with its text is told, with line, column and what was meant', async () => {
  const { exitCode, findings } = await check(
    'limits:\n  memory: much\n  cpu: 2\nengine: dokcer\nserve:\n  tls:\n    crt: a.pem\nclusters:\n  big:\n    host: login\n',
  );
  expect(exitCode).toBe(78);
  expect(findings).toMatchObject([
    { line: 2, column: 3, message: expect.stringContaining('"much" is not') as string },
    { line: 3, column: 3, key: 'limits.cpu', hint: 'Did you mean limits.cpus?' },
    { line: 4, column: 1, hint: 'Did you mean docker?' },
    { line: 7, column: 5, key: 'serve.tls.crt', hint: 'Did you mean serve.tls.cert?' },
    { line: 10, column: 5, key: 'clusters.big.work-folder' },
  ]);
});

test('what it says of this machine and is not so is told with the place where it says so', async () => {
  await writeFile(join(home, 'token'), 'abc');
  await writeFile(join(home, 'no.pem'), 'no certificate');
  await writeFile(join(home, 'file'), '');
  await chmod(join(home, 'token'), 0o644);
  const { exitCode, findings } = await check(
    [
      'mount-roots: [slides, missing, file]',
      'cluster: bgi',
      'data-folder: file/below',
      'clusters:',
      '  big: { work-folder: /scratch, ssh-config: none }',
      'server:',
      '  token-file: token',
      'serve:',
      '  listen: 0.0.0.0:8350',
      '  log-file: file/log',
      '  tls: { cert: no.pem }',
      '  urls: { hosts: ["ftp://x"], networks: [10.0.0.0/99] }',
      '  oidc: { issuer: http://login.example }',
    ].join('\n'),
  );
  expect(exitCode).toBe(78);
  const found = findings.map(({ key, line, message }) => [
    key,
    line,
    message.replaceAll(home, 'HOME'),
  ]);
  expect(found).toEqual([
    ['mount-roots', 1, 'HOME/missing is not there'],
    ['mount-roots', 1, 'HOME/file is no folder'],
    ['cluster', 2, 'there is no cluster "bgi" in the configuration'],
    ['data-folder', 3, expect.stringMatching(/HOME\/file/)],
    ['clusters.big.ssh-config', 5, 'HOME/none is not there'],
    ['server.token-file', 7, 'others may read the token in HOME/token'],
    ['serve.listen', 9, expect.stringContaining('without TLS')],
    ['serve.log-file', 10, 'HOME/file is no folder'],
    ['serve.tls.cert', 11, 'TLS needs a certificate and its key, both'],
    ['serve.urls.hosts', 12, '"ftp://x" is no host that inputs can be fetched from'],
    ['serve.urls.networks', 12, '"10.0.0.0/99" is no network'],
    ['serve.oidc.issuer', 13, '"http://login.example" is no https URL of an issuer'],
  ]);
});

describeWith('openssl', 'TLS files', () => {
  test('that cannot be read, or are not each other’s, are told', async () => {
    certificate(home, 'a');
    certificate(home, 'b');
    const tls = (cert: string, key: string): string =>
      `serve:\n  tls: { cert: ${cert}, key: ${key} }\n`;
    expect(await check(tls('a.pem', 'a.key'))).toEqual({ exitCode: 0, findings: [] });
    for (const [cert, key, why] of [
      ['a.pem', 'b.key', 'is not the key of'],
      ['none.pem', 'a.key', 'the TLS certificate cannot be read'],
      ['a.pem', 'none.key', 'the TLS key cannot be read'],
      ['file', 'a.key', 'is not PEM'],
    ] as const) {
      const { exitCode, findings } = await check(tls(cert, key));
      expect(exitCode).toBe(78);
      expect(findings).toMatchObject([
        { key: 'serve.tls.cert', line: 2, message: expect.stringContaining(why) as string },
      ]);
    }
  });
});

test('an engine that is configured and not here is told', async () => {
  const { findings } = await check('engine: apptainer\n', { PATH: '/nonexistent' });
  expect(findings).toMatchObject([
    { key: 'engine', message: expect.stringContaining('apptainer is not here') as string },
  ]);
});

test('without a file, what is in force here is checked: files and variables', async () => {
  const project = join(home, 'project');
  await mkdir(project);
  await writeFile(join(project, 'cyto-run.yaml'), 'pull: sometimes\n');
  const result = await cli(['config', 'check'], {
    home,
    cwd: project,
    env: { CYTO_RUN_MEMORY: 'much', CYTO_RUN_MEMROY: '1' },
  });
  expect(result.exitCode).toBe(78);
  expect(plain(result)).toContain(
    'HOME/project/cyto-run.yaml:1:1: error: pull: "sometimes" is not one of missing, always, never\n',
  );
  expect(plain(result)).toContain('CYTO_RUN_MEMORY: error: "much" is not');
  expect(plain(result)).toContain('warning: CYTO_RUN_MEMROY is not a setting');
  expect(plain(result)).toMatch(/^HOME\/project\/cyto-run\.yaml: 2 errors, 1 warning$/m);
  expect(plain(await cli(['config', 'check'], { home }))).toBe(
    'no file, and the variables: nothing is wrong\n',
  );
});

test('what is no file, no YAML, no mapping or no action is refused', async () => {
  for (const text of ['a: [', '- 1\n', 'limits: {memory: 1g, memory: 2g}\n', '\u0000'])
    expect((await check(text)).exitCode, text).toBe(78);
  for (const [args, exitCode, said] of [
    [['check', 'nowhere.yaml'], 78, 'there is no configuration file'],
    [['check', '.'], 78, 'is a folder, not a configuration file'],
    [['chekc'], 64, 'Did you mean `cyto-run config check`?'],
    [['show', 'some.yaml'], 64, 'takes no file'],
  ] as const) {
    const result = await cli(['config', ...args], { home });
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toContain(said);
  }
});

test.each([
  ['engine: docker\n  limits:\n    memory: 4g\n', 1, 'more names', 'same column'],
  ['serve:\n\tslots: 1\n', 2, 'a tab stands', 'two spaces'],
  ['a: "x\nb: 1\n', 3, 'quotes is not closed', 'second quote'],
  ['engine: [docker\nlimits: 1\n', 2, '[ or { above is not closed', 'Write the ]'],
  ['engine: docker\nengine: podman\n', 2, 'for the second time', 'Leave one'],
  ['engine: @docker\n', 1, 'cannot begin with this character', '"…"'],
  ['serve:\n  slots: -1\n', 2, 'is not a whole number from 1', '1 or more'],
])(
  '%j is told with its place, in plain words, and what to try',
  async (text, line, said, tried) => {
    const { findings } = await check(text);
    expect(findings[0]).toMatchObject({ line, column: expect.any(Number) as number });
    expect(findings[0]?.message).toContain(said);
    expect(findings[0]?.hint).toContain(tried);
    expect(findings[0]?.message).not.toMatch(/collection|scalar|implicit|mapping/i);
  },
);
