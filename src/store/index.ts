/** Keeps events, records and logs so that they survive us (SQLite and files). */
export type { StoreFault } from './journal.ts';
export type { RunPage, RunQuery, RunSummary } from './listing.ts';
export type { LogChunk, LogQuery } from './log-reader.ts';
export { newRunId } from './run-id.ts';
export type { RunStore, StoreOptions } from './run-store.ts';
export { openStore } from './store.ts';
