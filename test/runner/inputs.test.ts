import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import type { Descriptor, DescriptorInput, Invocation } from '../../src/descriptor/index.ts';
import { fileFacts, findInputs, folderFacts, withReachableFiles } from '../../src/runner/index.ts';
import { inputMounts } from '../../src/runner/inputs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const fileInput: DescriptorInput = {
  id: 'image',
  name: 'image',
  type: 'File',
  optional: false,
  setByServer: false,
  serverParameter: false,
  secret: false,
};

const descriptor: Descriptor = {
  dialect: 'boutiques-0.5',
  name: 'demo',
  commandLine: 'demo [IMAGE]',
  inputs: [fileInput],
  outputFiles: [],
  groups: [],
  environmentVariables: [],
  suggestedResources: {},
  errorCodes: [],
  tests: [],
  tags: {},
  custom: {},
};

const values = (...paths: string[]): Invocation => [
  { inputId: 'image', value: paths, source: 'user', secret: false },
];

describe('finding inputs', () => {
  test('mounts a file at the path its value gives, through links, spaces and unicode', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'real é'));
    await writeFile(join(folder.path, 'real é', 'a b.tif'), 'x');
    await symlink('real é', join(folder.path, 'link'));
    const given = join(folder.path, 'link', 'a b.tif');
    const found = await findInputs(descriptor, values(given), {}, '/');
    expect(inputMounts(found)).toEqual([
      { source: join(folder.path, 'real é', 'a b.tif'), target: given, readOnly: true },
    ]);
  });

  test('mounts a relative path at the same path below the working directory', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'a.tif'), 'x');
    const [found] = await findInputs(descriptor, values('./a.tif'), {}, folder.path);
    expect(found).toMatchObject({ target: '/cyto-run/work/a.tif', kind: 'file' });
  });

  test('makes a relative path that climbs out absolute, and leaves others as they are', () => {
    const changed = withReachableFiles(
      descriptor,
      values('../x/a.tif', 'a.tif', '/b.tif'),
      '/home/ada',
    );
    expect(changed[0]?.value).toEqual(['/home/x/a.tif', 'a.tif', '/b.tif']);
  });

  test('tells all faults at once: missing, a socket or pipe, an empty path, a file where a folder is needed', async () => {
    await using folder = await temporaryFolder();
    execFileSync('mkfifo', [join(folder.path, 'pipe')]);
    await writeFile(join(folder.path, 'file'), '');
    const asked = values(join(folder.path, 'missing'), join(folder.path, 'pipe'), '');
    const finding = findInputs(descriptor, asked, { inFolder: join(folder.path, 'file') }, '/');
    await expect(finding).rejects.toMatchObject({
      code: 'input-missing',
      details: {
        faults: [
          expect.stringMatching(/^image: .*missing" does not exist$/),
          expect.stringContaining('a named pipe'),
          expect.stringContaining('empty path'),
          expect.stringMatching(/^--in: .* a folder is needed$/),
        ],
      },
    });
  });
});

describe('checksums', () => {
  test('of a file are its size and SHA-256', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'a'), 'abc');
    expect(await fileFacts(join(folder.path, 'a'))).toEqual({
      sizeBytes: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
  });

  test('of a folder change with a content and with a name, and not with the order of reading', async () => {
    await using folder = await temporaryFolder();
    const write = async (name: string, files: Record<string, string>): Promise<string> => {
      await mkdir(join(folder.path, name, 'deep'), { recursive: true });
      for (const [path, text] of Object.entries(files))
        await writeFile(join(folder.path, name, path), text);
      return (await folderFacts(join(folder.path, name))).sha256;
    };
    const first = await write('one', { a: '1', 'deep/b': '2' });
    expect(await write('two', { 'deep/b': '2', a: '1' })).toBe(first);
    expect(await write('three', { a: '1', 'deep/b': '3' })).not.toBe(first);
    expect(await write('four', { a: '1', 'deep/c': '2' })).not.toBe(first);
  });
});
