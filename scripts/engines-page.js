import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

import { ENGINE_NAMES } from '../src/container/index.ts';
import { readKeptResults } from '../test/container/contract/kept-results.ts';
import { markdownTable } from '../test/container/contract/table.ts';

/*
 * `node scripts/engines-page.js`: writes the table engine × promise of docs/engines.md from what the
 * last runs of the contract showed on this machine (`npm test`).
 */
const PAGE = join(import.meta.dirname, '..', 'docs', 'engines.md');
const [BEGIN, END] = ['<!-- promises -->', '<!-- /promises -->'];

const kept = readKeptResults();
const results = ENGINE_NAMES.flatMap((name) => kept.filter(({ engine }) => engine === name));
const missing = ENGINE_NAMES.filter((name) => !results.some(({ engine }) => engine === name));
const failed = results.filter(({ promises }) =>
  Object.values(promises).some(({ verdict }) => verdict === 'failed'),
);
if (failed.length > 0) {
  console.error(`engines-page: tests failed: ${failed.map(({ engine }) => engine).join(', ')}.`);
  process.exitCode = 1;
} else if (missing.length > 0) {
  console.error(`engines-page: not tested here yet: ${missing.join(', ')}. Run npm test first.`);
  process.exitCode = 66;
} else {
  const page = readFileSync(PAGE, 'utf8');
  const before = page.slice(0, page.indexOf(BEGIN) + BEGIN.length);
  const after = page.slice(page.indexOf(END));
  const text = `${before}\n\n${markdownTable(results)}\n\n${after}`;
  writeFileSync(PAGE, await format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
  console.log('docs/engines.md: written');
}
