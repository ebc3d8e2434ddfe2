import { existsSync, writeFileSync } from 'node:fs';

import { formattedPage, keptPage, PAGE_PATH } from '../test/descriptor/conformance/kept-page.ts';
import { readPage, tableOf, textTable } from '../test/descriptor/conformance/page.ts';
import { allVerdicts, hasAnswers } from '../test/descriptor/conformance/verdicts.ts';

/*
 * `npm run conformance`: compares our answers on real descriptors with those of the programs in use
 * today and writes docs/conformance.md. Its date is that of the last run that found anything else.
 */
if (hasAnswers) await writePage();
else {
  console.error('conformance: ../shared, which holds the descriptors and answers, is not here.');
  process.exitCode = 66;
}

async function writePage() {
  const verdicts = allVerdicts();
  const kept = existsSync(PAGE_PATH) ? keptPage() : '';
  const same = await formattedPage(verdicts, readPage(kept).date);
  if (same !== kept)
    writeFileSync(PAGE_PATH, await formattedPage(verdicts, new Date().toISOString().slice(0, 10)));
  console.log(textTable(tableOf(verdicts)).join('\n'));
  console.log(`\n${PAGE_PATH}: ${same === kept ? 'unchanged' : 'written'}`);
  for (const { family, file, reasons } of verdicts.filter(({ kind }) => kind === 'wrong'))
    console.error(`wrong: ${family}: ${file}: ${reasons.join('; ')}`);
  process.exitCode = verdicts.some(({ kind }) => kind === 'wrong') ? 1 : 0;
}
