/** RunRecord → text, JSON, RO-Crate. Pure: no reading, no writing, no clock. */
export {
  compareRuns,
  type Difference,
  type OutputComparison,
  type RunComparison,
} from './compare-runs.ts';
export { renderDescription } from './description.ts';
export { ago, clockTime, duration } from './text/amounts.ts';
export { renderImages, type ListedImages } from './text/images.ts';
export { renderComparison } from './text/comparison.ts';
export { renderDryRun } from './text/dry-run.ts';
export { table, type TextOptions } from './text/layout.ts';
export { renderOutcome, type OutcomeOptions } from './text/outcome.ts';
export { painter, type Paint } from './text/paint.ts';
export { columnsOf, cut, cutFront, pad, plainLine, visible } from './text/printable.ts';
export { renderOutputs, renderRun, type OutputCheck, type RunTextOptions } from './text/run.ts';
export { renderAppList } from './text/app-list.ts';
export { renderRunList, type ListedRun } from './text/run-list.ts';
export {
  batchSummary,
  renderBatch,
  renderBatchItem,
  summaryText,
  type BatchReport,
  type BatchResult,
  type BatchSummary,
} from './text/batch.ts';
export {
  renderDeliveries,
  renderWebhooks,
  type ListedDelivery,
  type ListedWebhook,
} from './text/webhooks.ts';
export {
  batchWhy,
  itemGroups,
  renderBatchWhy,
  type BatchWhy,
  type BatchWhyItem,
} from './batch-why.ts';
export { renderWhy, whyOf, type Why, type WhyFacts } from './why.ts';
export { appText, stateText } from './text/words.ts';
export { renderTestResults, type TestResult } from './test-results.ts';
export { crateFiles, roCrate, type Crate } from './ro-crate/crate.ts';
export type { CrateFile } from './ro-crate/crate-files.ts';
export type { CrateOptions } from './ro-crate/options.ts';
