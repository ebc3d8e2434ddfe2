import type { Database } from './database.ts';
import type { SecretContext } from './secrets/sealer.ts';
import { addAwaited, type NewAwaitedUpload } from './uploads.ts';
import { SqliteSecrets, type RunSecrets } from './secrets/secret-store.ts';

/** What a run needs until it ends and no record may hold. */
export interface Entrusted {
  readonly secrets?: RunSecrets;
  /** Ids of the uploads that it refers to. */
  readonly uploads?: readonly string[];
  /** Those of them that are new, and whose bytes it waits for. */
  readonly awaited?: readonly NewAwaitedUpload[];
}

/** Keeps what comes with a new run, in the transaction that creates it. */
export function keepEntrusted(
  database: Database,
  context: SecretContext,
  { runId, secrets, uploads = [], awaited = [] }: Entrusted & { readonly runId: string },
): void {
  if (secrets !== undefined) new SqliteSecrets(context).keep(database, runId, secrets);
  for (const upload of awaited) addAwaited(database, context, upload);
  for (const upload of uploads)
    database.run('INSERT INTO run_uploads (run_id, upload_id) VALUES (?, ?)', runId, upload);
}
