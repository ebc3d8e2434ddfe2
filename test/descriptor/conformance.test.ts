import { describe, expect, test } from 'vitest';

import { formattedPage, keptPage } from './conformance/kept-page.ts';
import { conformancePage, readPage, tableOf, textTable } from './conformance/page.ts';
import { allVerdicts, type FamilyVerdict, hasAnswers } from './conformance/verdicts.ts';

const verdicts = hasAnswers ? allVerdicts() : [];
const why = hasAnswers ? '' : ' (skipped: ../shared is not on this machine)';

describe.skipIf(!hasAnswers)(`real descriptors and the programs in use today${why}`, () => {
  test('no answer is wrong, in any family', () => {
    expect(verdicts.filter(({ kind }) => kind === 'wrong')).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(1_000);
  });

  test('every answer that differs has a reason', () => {
    const differing = verdicts.filter(
      ({ kind }) => kind === 'better' || kind === 'refused rightly',
    );
    expect(differing.filter(({ reasons }) => reasons.every((reason) => reason === ''))).toEqual([]);
  });

  test('the kept page is what they give (npm run conformance writes it anew)', async () => {
    const kept = keptPage();
    expect(kept).toBe(await formattedPage(verdicts, readPage(kept).date));
  });
});

test('the table of the descriptors closes the output, of today or as it was kept', ({ task }) => {
  const { date, table } = readPage(keptPage());
  const shown = hasAnswers ? tableOf(verdicts) : table;
  const title = hasAnswers
    ? 'Real descriptors, beside the programs in use today (docs/conformance.md):'
    : `Real descriptors, as of ${date} (docs/conformance.md; ../shared is not on this machine):`;
  task.meta.closingLines = [title, ...textTable(shown).map((line) => `  ${line}`)];
  expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(shown.map((row) => row.at(-1))).toEqual(['wrong', ...shown.slice(1).map(() => '0')]);
});

test('the table and the day read from a page are those it was written with', () => {
  const some: FamilyVerdict[] = [
    { family: 'cytomine', file: 'a.json', kind: 'agree', reasons: [] },
    { family: 'cytomine', file: 'a.json', kind: 'better', reasons: ['a flag | twice'] },
    { family: 'biomero', file: 'b.json', kind: 'refused rightly', reasons: ['json.empty'] },
  ];
  const page = conformancePage(some, '2026-01-31');
  expect(readPage(page)).toEqual({ date: '2026-01-31', table: tableOf(some) });
  expect(tableOf(some)[1]).toEqual(['cytomine', '1', '1', '1', '0', '0']);
  expect(page).toContain('| a flag \\| twice | 1 |');
  expect(page).toContain('| `json.empty` | The file is empty');
});
