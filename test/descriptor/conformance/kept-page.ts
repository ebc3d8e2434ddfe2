import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

import { conformancePage } from './page.ts';
import type { FamilyVerdict } from './verdicts.ts';

export const PAGE_PATH = join(import.meta.dirname, '../../../docs/conformance.md');

export const keptPage = (): string => readFileSync(PAGE_PATH, 'utf8');

/** The page as it is written to disk. */
export async function formattedPage(
  verdicts: readonly FamilyVerdict[],
  date: string,
): Promise<string> {
  const options = await resolveConfig(PAGE_PATH);
  return format(conformancePage(verdicts, date), { ...options, filepath: PAGE_PATH });
}
