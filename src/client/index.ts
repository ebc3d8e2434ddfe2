/** A small typed client of a cyto-run server over `fetch`: for Node and browsers. */
export { RunnerError, type ErrorCode } from '../base/errors.ts';
export type { AppCalls } from './app-calls.ts';
export type {
  Batch,
  BatchFilter,
  BatchItem,
  BatchNews,
  BatchPage,
  BatchRetry,
  BatchSubmission,
  BatchSummary,
} from './batch-types.ts';
export type { BatchCalls } from './batch-calls.ts';
export { connect, type Client } from './client.ts';
export type { ConnectionOptions } from './connection.ts';
export type { FollowOptions } from './follow.ts';
export type { LogQuery } from './log-lines.ts';
export type { SendOptions, UploadSource } from './upload-calls.ts';
export type { Hash, ReadOutputOptions } from './output-bytes.ts';
export type { InputOrigin, PlacedOrigin, RunInput } from './input-types.ts';
export {
  hasEnded,
  type App,
  type AppDetails,
  type FolderReference,
  type LogChunk,
  type OutputFile,
  type RerunChanges,
  type RunComparison,
  type RunEvent,
  type RunFilter,
  type RunNews,
  type RunOutput,
  type RunPage,
  type RunRecord,
  type RunState,
  type RunSummary,
  type ServiceInfo,
  type Upload,
  type Submission,
  type Why,
} from './types.ts';
