import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { EngineResults } from './table.ts';

/** Where a run of the tests leaves what it saw of each engine, whole. */
export const KEPT_RESULTS = join(import.meta.dirname, '../../../.cache/engine-promises.json');

/** What the last whole run of each engine's contract showed; none where there was none. */
export const readKeptResults = (): readonly EngineResults[] =>
  existsSync(KEPT_RESULTS)
    ? (JSON.parse(readFileSync(KEPT_RESULTS, 'utf8')) as EngineResults[])
    : [];
