import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

import * as library from '../../src/descriptor/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');

const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(PAGE)?.[1] ?? '';

test('the example of the library page prints what the page says', async () => {
  await using folder = await temporaryFolder();
  const program = join(folder.path, 'example.mts');
  const source = pathToFileURL(join(ROOT, 'src/descriptor/index.ts')).href;
  await writeFile(program, block('ts').replace('cyto-run/descriptor', source));
  expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toBe(block('text'));
});

test('every function the page names is in the library', () => {
  const named = [...PAGE.matchAll(/^\| `(\w+)`/gm), ...PAGE.matchAll(/`(textFault)`/g)].map(
    ([, name]) => name!,
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in library))).toEqual([]);
});
