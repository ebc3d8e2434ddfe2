import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { cli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const UNTIDY = `\uFEFF{"inputs":[{"type":"Number","id":"n","default-value":1.0}],\r
"command-line":"run [N]","name":"x","schema-version":"cytomine-0.1"}`;

const TIDY = `{
  "name": "x",
  "schema-version": "cytomine-0.1",
  "command-line": "run [N]",
  "inputs": [
    {
      "id": "n",
      "type": "Number",
      "default-value": 1.0
    }
  ]
}
`;

test('descriptors are put in order in place, once; mode and links stay', async () => {
  await using home = await temporaryFolder();
  const file = join(home.path, 'descriptor.json');
  await writeFile(file, UNTIDY);
  await chmod(file, 0o640);
  await symlink('descriptor.json', join(home.path, 'link.json'));
  const { exitCode, stdout, stderr } = await cli(['fmt', 'link.json'], { home: home.path });
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: 'changed link.json\n',
  });
  expect(await readFile(file, 'utf8')).toBe(TIDY);
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  expect((await lstat(join(home.path, 'link.json'))).isSymbolicLink()).toBe(true);
  const again = await cli(['fmt', 'descriptor.json', '--json'], { home: home.path });
  expect(JSON.parse(again.stdout)).toEqual({
    files: [{ file: 'descriptor.json', result: 'unchanged' }],
  });
  expect((await readdir(home.path)).sort()).toEqual(['descriptor.json', 'link.json']);
});

test('with --check nothing is written, and what would change makes it fail', async () => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, 'a.json'), UNTIDY);
  await writeFile(join(home.path, 'b.json'), TIDY);
  const { exitCode, stderr } = await cli(['fmt', '--check', '.'], { home: home.path });
  expect(exitCode).toBe(1);
  expect(stderr).toBe('would change a.json\n');
  expect(await readFile(join(home.path, 'a.json'), 'utf8')).toBe(UNTIDY);
  expect((await cli(['fmt', '--check', 'b.json'], { home: home.path })).exitCode).toBe(0);
});

test('the descriptors of our own apps are in order', async () => {
  await using home = await temporaryFolder();
  const apps = new URL('../../apps', import.meta.url).pathname;
  const { exitCode, stderr } = await cli(['fmt', '--check', apps], { home: home.path });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('standard input becomes standard output', async () => {
  await using home = await temporaryFolder();
  const { stdout } = await cli(['fmt', '-'], { home: home.path, input: UNTIDY });
  expect(stdout).toBe(TIDY);
});

test('what is not JSON is left as it is and told with its place; the others are done', async () => {
  await using home = await temporaryFolder();
  await writeFile(join(home.path, 'bad.json'), '{"name": }');
  await writeFile(join(home.path, 'good.json'), UNTIDY);
  const { exitCode, stderr } = await cli(['fmt', 'bad.json', 'good.json'], { home: home.path });
  expect(exitCode).toBe(65);
  expect(stderr).toContain('bad.json:1:10: error');
  expect(await readFile(join(home.path, 'bad.json'), 'utf8')).toBe('{"name": }');
  expect(await readFile(join(home.path, 'good.json'), 'utf8')).toBe(TIDY);
  expect((await cli(['fmt', 'none.json'], { home: home.path })).exitCode).toBe(66);
});
