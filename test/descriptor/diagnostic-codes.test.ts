import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { DIAGNOSTIC_CODES } from '../../src/descriptor/index.ts';

const ROOT = join(import.meta.dirname, '../..');

const SECTIONS = [
  ['json', 'The text', 'Before any dialect is known: the text as JSON.'],
  ['descriptor', 'The document', 'Which dialect it is written in.'],
  [
    'cytomine',
    'Cytomine descriptors',
    'Of the dialect `cytomine-0.1`, also as BIAFLOWS and BIOMERO use it.',
  ],
  ['boutiques', 'Boutiques descriptors', 'Of schema 0.5.'],
  ['invocation', 'Values', 'Given for the inputs of a descriptor of any dialect.'],
] as const;

const page = (): string =>
  [
    '# Diagnostics',
    '',
    'What `cyto-run validate` and every command that reads a descriptor or values can find. A code is',
    'stable. An **error** cannot run; a **warning** runs, but not as its author thinks; a **hint** is style.',
    'This page is written from the tables of codes in `src/descriptor`; a test keeps it equal to them.',
    ...SECTIONS.flatMap(([prefix, title, about]) => [
      '',
      `## ${title}`,
      '',
      about,
      '',
      ...Object.entries(DIAGNOSTIC_CODES)
        .filter(([code]) => code.startsWith(`${prefix}.`))
        .map(([code, { strength, meaning }]) => `- \`${code}\` (${strength}): ${meaning}`),
    ]),
    '',
  ].join('\n');

test('docs/diagnostics.md lists every code there is, and no other', async () => {
  await expect(page()).toMatchFileSnapshot(join(ROOT, 'docs/diagnostics.md'));
  const listed = page().match(/^- `/gm);
  expect(listed).toHaveLength(Object.keys(DIAGNOSTIC_CODES).length);
});

test('every code is used, and its meaning is one sentence', () => {
  const folder = join(ROOT, 'src/descriptor');
  const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('codes.ts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n');
  const idle = Object.keys(DIAGNOSTIC_CODES).filter(
    (code) => !source.includes(`'${code.replace(/-accepted$/, '')}'`),
  );
  expect(idle).toEqual([]);
  const odd = Object.values(DIAGNOSTIC_CODES).filter(
    ({ meaning }) => !/^[A-Z`].*\.$/.test(meaning) || meaning.includes('\n'),
  );
  expect(odd).toEqual([]);
});
