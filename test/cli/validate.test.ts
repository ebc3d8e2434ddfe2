import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { cli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const APPS = new URL('../../apps', import.meta.url).pathname;
const NUCLEI = join(APPS, 'nuclei-segment/descriptor.json');
const TISSUE = join(APPS, 'tissue-detect/descriptor.json');

/** A Cytomine descriptor with one error (a type that is none) and warnings. */
const BAD = `{
  "name": "x",
  "schema-version": "cytomine-0.1",
  "container-image": { "image": "a/b", "type": "singularity" },
  "command-line": "run [N]",
  "inputs": [
    { "id": "n", "type": "Nmber", "optional": false }
  ]
}
`;

interface ValidateDocument {
  readonly files: readonly {
    readonly file: string;
    readonly valid: boolean;
    readonly diagnostics: readonly { readonly code: string; readonly position?: object }[];
  }[];
  readonly summary: { readonly files: number; readonly errors: number };
}

test('a descriptor without errors passes; a warning makes it fail only where asked', async () => {
  await using home = await temporaryFolder();
  const text = await readFile(TISSUE, 'utf8');
  const tagged = text.replace('"cyto-run/tissue-detect"', '"cyto-run/tissue-detect:1"');
  await writeFile(join(home.path, 'descriptor.json'), tagged);
  const { exitCode, stdout, stderr } = await cli(['validate', '.'], { home: home.path });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/descriptor\.json is valid; 1 warning and \d+ hints\n$/);
  const strict = await cli(['validate', '--strict', '.'], { home: home.path });
  expect(strict.exitCode).toBe(65);
  expect(strict.stdout).toContain('is not valid; 1 warning');
});

test('a folder’s descriptor that is no JSON at all is not passed over', async () => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, 'app.json'), "{ 'command-line': 'run' }");
  await writeFile(join(home.path, 'other.json'), "{ 'name': 'no descriptor' }");
  const { exitCode, stdout } = await cli(['validate', '.'], { home: home.path });
  expect(exitCode).toBe(65);
  expect(stdout).toContain('app.json:1:3: error [json.syntax]');
  expect(stdout).not.toContain('other.json');
});

test('an error has its place, the line it is on and a mend, and makes the command fail', async () => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, 'bad.json'), BAD);
  const { exitCode, stdout } = await cli(['validate', 'bad.json'], { home: home.path });
  expect(exitCode).toBe(65);
  expect(stdout).toContain('bad.json:7:26: error [');
  expect(stdout).toContain('7 | { "id": "n", "type": "Nmber", "optional": false }');
  expect(stdout).toContain('→ ');
  expect(stdout).toMatch(/bad\.json is not valid; \d+ errors?/);
});

test('a folder gives every descriptor in it, and passes over other JSON', async () => {
  await using home = await temporaryFolder();
  const deep = join(home.path, 'apps', 'a b', 'deep');
  await mkdir(deep, { recursive: true });
  await mkdir(join(home.path, 'apps', 'node_modules'));
  await writeFile(join(deep, 'good.json'), BAD.replace('Nmber', 'Number'));
  await writeFile(join(deep, 'package.json'), '{"name": "x", "version": "1"}');
  await writeFile(join(home.path, 'apps', 'broken.json'), '{ "command-line": "x", ');
  await writeFile(join(home.path, 'apps', 'notes.json'), '{ "broken": ');
  await writeFile(join(home.path, 'apps', 'node_modules', 'bad.json'), BAD);
  const { exitCode, stdout } = await cli(['validate', 'apps', '--json'], { home: home.path });
  expect(exitCode).toBe(65);
  const { files, summary } = JSON.parse(stdout) as ValidateDocument;
  expect(files.map(({ file, valid }) => [file, valid])).toEqual([
    ['apps/a b/deep/good.json', true],
    ['apps/broken.json', false],
  ]);
  expect(summary).toMatchObject({ files: 2 });
});

test('what cannot be read is told among the others, which are checked all the same', async () => {
  await using home = await temporaryFolder();
  await mkdir(join(home.path, 'empty'));
  await writeFile(join(home.path, 'latin1.json'), Buffer.from([0x7b, 0xe9, 0x7d]));
  const files = ['no-such.json', 'empty', 'latin1.json', NUCLEI];
  const { exitCode, stdout } = await cli(['validate', ...files], { home: home.path });
  expect(exitCode).toBe(66);
  expect(stdout).toContain('"no-such.json" does not exist');
  expect(stdout).toContain('"empty" holds no descriptor');
  expect(stdout).toContain('"latin1.json" is not UTF-8: byte 2 does not fit');
  expect(stdout).toMatch(/4 files: 1 valid, 3 not; 3 errors\n$/);
});

test('standard input is a file called -', async () => {
  await using home = await temporaryFolder();
  const { exitCode, stdout } = await cli(['validate', '-'], { home: home.path, input: BAD });
  expect(exitCode).toBe(65);
  expect(stdout).toContain('-:7:26: error');
});

test('code review tools get SARIF, and pull requests annotations', async () => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, 'bad.json'), BAD);
  const sarif = await cli(['validate', 'bad.json', '--format', 'sarif'], { home: home.path });
  expect(sarif.exitCode).toBe(65);
  expect(JSON.parse(sarif.stdout)).toMatchObject({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'cyto-run' } } }],
  });
  const github = await cli(['validate', 'bad.json', '--format', 'github'], { home: home.path });
  expect(github.stdout).toMatch(/^::error file=bad\.json,line=7,col=26,title=/m);
});

test('comments and trailing commas pass with --lenient only', async () => {
  await using home = await temporaryFolder();
  const text = BAD.replace('Nmber', 'Number').replace('false }\n', 'false }, // the last\n');
  await writeFile(join(home.path, 'loose.json'), text);
  const refused = await cli(['validate', 'loose.json'], { home: home.path });
  expect(refused.exitCode).toBe(65);
  expect(refused.stdout).toContain('loose.json:7:');
  const accepted = await cli(['validate', 'loose.json', '--lenient'], { home: home.path });
  expect(accepted.exitCode).toBe(0);
});

test('without a file, or with two forms at once, it says how it is used', async () => {
  await using home = await temporaryFolder();
  const none = await cli(['validate'], { home: home.path });
  expect(none.exitCode).toBe(64);
  expect(none.stderr).toContain('cyto-run validate descriptor.json');
  const both = await cli(['validate', NUCLEI, '--json', '--format', 'sarif'], { home: home.path });
  expect(both.exitCode).toBe(64);
});
