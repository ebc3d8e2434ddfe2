import { RunnerError } from '../base/errors.ts';
import type { Database } from './database.ts';

/** A submission that its sender may send again without its being done again. */
export interface OnceOnly {
  readonly submitter: string;
  /** The sender's own name for it (the header `Idempotency-Key`). */
  readonly key: string;
  /** Hash of all it says: the same key with another content is a mistake. */
  readonly fingerprint: string;
}

/**
 * What an earlier submission with this key came to, as it was kept. Throws `idempotency-conflict` when
 * that one said something else.
 */
export function earlierResult(
  database: Database,
  { submitter, key, fingerprint }: OnceOnly,
): string | undefined {
  const row = database.get(
    'SELECT fingerprint, result FROM submissions WHERE submitter = ? AND key = ?',
    ...[submitter, key],
  );
  if (row === undefined) return undefined;
  if (row['fingerprint'] !== fingerprint)
    throw new RunnerError(
      'idempotency-conflict',
      `the Idempotency-Key ${JSON.stringify(key)} was used for another request`,
      { hint: 'Send the very same request again, or a new one with a new key.' },
    );
  return String(row['result']);
}

/** Keeps what a submission came to, in the caller's transaction. */
export function keepResult(
  database: Database,
  { submitter, key, fingerprint }: OnceOnly,
  result: string,
  at: string,
): void {
  database.run(
    'INSERT INTO submissions (submitter, key, fingerprint, result, created_at) VALUES (?, ?, ?, ?, ?)',
    ...[submitter, key, fingerprint, result, at],
  );
}
