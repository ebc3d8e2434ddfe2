/** Keeps events, records and logs so that they survive us (SQLite and files). */
export type { AppChange, AppStore, StoredApp } from './apps.ts';
export type { AuditEntry, AuditStore } from './audit.ts';
export type { BatchItem } from './batch-items.ts';
export type { BatchStore, StoredBatch } from './batches.ts';
export type { Entrusted } from './entrusted.ts';
export type { PlacedEvent } from './all-events.ts';
export { START_OF_RUN, type RunCursor, type RunNews } from './follow-run.ts';
export type { RunQuery } from './listing.ts';
export type { LogChunk, LogQuery } from './log-reader.ts';
export type { RunPage } from './listing.ts';
export { newBatchId, newRunId, newRunIds } from './run-id.ts';
export type { RunStore } from './run-store.ts';
export { openStore } from './store.ts';
export type { NamedSecret, RunSecrets, SecretStore, SecretUsers } from './secrets/secret-store.ts';
export { TOKEN_SCOPES, type StoredToken, type TokenScope, type TokenStore } from './tokens.ts';
export {
  newUploadId,
  type AwaitedUpload,
  type NewAwaitedUpload,
  type StoredUpload,
  type UploadStore,
} from './uploads.ts';
export type { OnceOnly } from './submissions.ts';
export type { Submitted } from './server-store.ts';
export type { BackupReport, Flaw, Upkeep } from './upkeep/upkeep.ts';
export {
  signingSecrets,
  TERMINAL_STATES,
  type EndpointSettings,
  type SigningSecret,
  type WebhookEndpoint,
} from './webhooks/endpoint.ts';
export type { RunStateMessage } from './webhooks/outbox.ts';
export type {
  Delivery,
  DeliveryOutcome,
  DeliveryState,
  DeliveryWithBody,
  NewEndpoint,
  WebhookStore,
} from './webhooks/webhook-store.ts';
