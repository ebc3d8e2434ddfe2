import { expect, test } from 'vitest';

import {
  hasEnded,
  type App,
  type BatchItem,
  type BatchSummary,
  type RunComparison,
  type RunPage,
  type RunRecord,
  type RunState,
  type Why,
} from '../../src/client/index.ts';
import type * as report from '../../src/report/index.ts';
import * as runner from '../../src/runner/index.ts';
import type * as store from '../../src/store/index.ts';

test("what the server answers is what the client's types say, and its states are the runner's", () => {
  // Of the compiler: each stops compiling when the server's answer no longer fits.
  const record = (answer: runner.RunRecord): RunRecord => answer;
  const page = (answer: store.RunPage): RunPage => answer;
  const why = (answer: report.Why): Why => answer;
  const comparison = (answer: report.RunComparison): RunComparison => answer;
  const app = (answer: Omit<store.StoredApp, 'descriptorText'>): App => answer;
  const item = (answer: store.BatchItem): BatchItem => answer;
  const summary = (answer: report.BatchSummary): BatchSummary => answer;
  const state = (known: RunState): runner.RunState => known;
  expect([record, page, why, comparison, app, item, summary, state]).toHaveLength(8);
  for (const known of runner.RUN_STATES) expect(hasEnded(known)).toBe(runner.isTerminal(known));
});
