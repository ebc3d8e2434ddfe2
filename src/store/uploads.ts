import type { Database, Row } from './database.ts';
import type { InputOrigin } from '../runner/index.ts';
import { randomText } from './run-id.ts';
import { Sealer, type SecretContext } from './secrets/sealer.ts';

/** A new upload's id, 120 random bits. */
export const newUploadId = (): string => `u${randomText(24)}`;

/** A file that somebody sends, in pieces if need be. */
export interface StoredUpload {
  readonly id: string;
  readonly owner: string;
  /** Of the file, safe to use as one. */
  readonly name: string;
  /** Absent of those that were kept before this was asked. */
  readonly origin?: InputOrigin;
  readonly sizeBytes: number;
  /** Hex: what the sender says it is. */
  readonly wantedSha256?: string;
  /** Its bytes are fetched from a URL while a run waits for them; until then its size is what is known of it. */
  readonly isAwaited?: true;
  /** Hex: what it is. Absent: not all of it is here, or it was not looked at yet. */
  readonly sha256?: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** When a byte came, or a run referred to it, last; to `LIMITS.uploadUsedMs`. */
  readonly usedAt: string;
}

/** An upload whose bytes a run waits for. */
export type AwaitedUpload = Pick<StoredUpload, 'id' | 'owner' | 'name' | 'wantedSha256'>;

/** One that is to be written down, with where its bytes come from: that may hold a signature, and is shown nowhere. */
export type NewAwaitedUpload = AwaitedUpload & {
  readonly url: string;
  readonly origin: InputOrigin;
};

/** One that is to be sent. */
export type NewStoredUpload = Pick<StoredUpload, 'id' | 'owner' | 'name' | 'sizeBytes'> & {
  readonly wantedSha256?: string;
  readonly origin: InputOrigin;
};

/** Uploads of a server: what is known of them; their bytes are files. Every method may throw what those of `RunStore` may. */
export interface UploadStore {
  add(upload: NewStoredUpload): void;
  read(id: string): StoredUpload | undefined;
  /** Newest first; of one owner, or of these bytes, or all. */
  list(
    limit: number,
    only?: { readonly owner?: string; readonly sha256?: string },
  ): readonly StoredUpload[];
  /** All of it is here, and is this. */
  complete(id: string, sha256: string): void;
  /** Those that a run waits for. */
  awaitedBy(runId: string): readonly AwaitedUpload[];
  /** Of one that is awaited: where its bytes come from. Throws `store-unusable` when the key is gone, or is another one. */
  awaitedUrl(id: string): string;
  /** Of one that is awaited: it has, or will have, so many bytes. */
  sized(id: string, sizeBytes: number): void;
  used(id: string): void;
  remove(id: string): void;
  /** Bytes that an owner has promised to send or has sent; of each at least a block of a disk. */
  bytesOf(owner: string): number;
  /** Those not used since, and of no run that has not ended; oldest first. */
  unusedSince(at: string): readonly StoredUpload[];
  /** Whether a run that has not ended refers to it. */
  isNeeded(id: string): boolean;
}

/** Writes an awaited upload down, in the transaction that creates the first run which waits for it. */
export function addAwaited(
  database: Database,
  context: SecretContext,
  { id, owner, name, wantedSha256, url, origin }: NewAwaitedUpload,
): void {
  database.run(
    `INSERT OR IGNORE INTO uploads
       (id, owner, name, size_bytes, wanted_sha256, created_at, used_at, sealed_url, origin)
     VALUES (?1, ?2, ?3, 0, ?4, ?5, ?5, ?6, ?7)`,
    ...[id, owner, name, wantedSha256 ?? null, context.now()],
    new Sealer(context).seal(url, uploadContext(id)),
    JSON.stringify(origin),
  );
}

const uploadContext = (id: string): string => `the upload ${id}`;

const NEEDED = `SELECT 1 FROM run_uploads JOIN runs USING (run_id)
  WHERE run_uploads.upload_id = uploads.id AND runs.ended_at IS NULL`;

export class SqliteUploads implements UploadStore {
  readonly #context: SecretContext;

  constructor(context: SecretContext) {
    this.#context = context;
  }

  add({ id, owner, name, sizeBytes, wantedSha256, origin }: NewStoredUpload): void {
    this.#context.writable().run(
      `INSERT INTO uploads (id, owner, name, size_bytes, wanted_sha256, created_at, used_at, origin)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)`,
      ...[id, owner, name, sizeBytes, wantedSha256 ?? null, this.#context.now()],
      JSON.stringify(origin),
    );
  }

  read(id: string): StoredUpload | undefined {
    const row = this.#context.readable().get('SELECT * FROM uploads WHERE id = ?', id);
    return row && uploadOf(row);
  }

  list(
    limit: number,
    { owner, sha256 }: { readonly owner?: string; readonly sha256?: string } = {},
  ): readonly StoredUpload[] {
    return this.#context
      .readable()
      .all(
        `SELECT * FROM uploads WHERE (?1 IS NULL OR owner = ?1) AND (?2 IS NULL OR sha256 = ?2)
         ORDER BY created_at DESC, id LIMIT ?3`,
        ...[owner ?? null, sha256 ?? null, limit],
      )
      .map(uploadOf);
  }

  complete(id: string, sha256: string): void {
    this.#context
      .writable()
      .run('UPDATE uploads SET sha256 = ?, sealed_url = NULL WHERE id = ?', sha256, id);
  }

  awaitedBy(runId: string): readonly AwaitedUpload[] {
    return this.#context
      .readable()
      .all(
        `SELECT uploads.* FROM run_uploads JOIN uploads ON uploads.id = upload_id
         WHERE run_id = ? AND sealed_url IS NOT NULL ORDER BY uploads.id`,
        runId,
      )
      .map((row) => {
        const { id, owner, name, wantedSha256 } = uploadOf(row);
        return { id, owner, name, ...(wantedSha256 === undefined ? {} : { wantedSha256 }) };
      });
  }

  awaitedUrl(id: string): string {
    const row = this.#context.readable().get('SELECT sealed_url FROM uploads WHERE id = ?', id);
    const sealed = row?.['sealed_url'];
    if (!(sealed instanceof Uint8Array)) throw new TypeError(`the upload ${id} is not awaited`);
    return new Sealer(this.#context).open(sealed, uploadContext(id));
  }

  sized(id: string, sizeBytes: number): void {
    this.#context.writable().run('UPDATE uploads SET size_bytes = ? WHERE id = ?', sizeBytes, id);
  }

  used(id: string): void {
    this.#context
      .writable()
      .run('UPDATE uploads SET used_at = ? WHERE id = ?', this.#context.now(), id);
  }

  remove(id: string): void {
    this.#context.writable().run('DELETE FROM uploads WHERE id = ?', id);
  }

  bytesOf(owner: string): number {
    const row = this.#context
      .readable()
      .get('SELECT sum(max(size_bytes, 4096)) AS bytes FROM uploads WHERE owner = ?', owner);
    return Number(row?.['bytes'] ?? 0);
  }

  unusedSince(at: string): readonly StoredUpload[] {
    return this.#context
      .readable()
      .all(
        `SELECT * FROM uploads WHERE used_at < ? AND NOT EXISTS (${NEEDED}) ORDER BY used_at, id`,
        at,
      )
      .map(uploadOf);
  }

  isNeeded(id: string): boolean {
    return (
      this.#context
        .readable()
        .get(`SELECT 1 FROM uploads WHERE id = ? AND EXISTS (${NEEDED})`, id) !== undefined
    );
  }
}

const uploadOf = (row: Row): StoredUpload => ({
  id: String(row['id']),
  owner: String(row['owner']),
  name: String(row['name']),
  ...(typeof row['origin'] === 'string'
    ? { origin: JSON.parse(row['origin']) as InputOrigin }
    : {}),
  sizeBytes: Number(row['size_bytes']),
  ...(row['sealed_url'] === null ? {} : { isAwaited: true as const }),
  ...(typeof row['wanted_sha256'] === 'string' ? { wantedSha256: row['wanted_sha256'] } : {}),
  ...(typeof row['sha256'] === 'string' ? { sha256: row['sha256'] } : {}),
  createdAt: String(row['created_at']),
  usedAt: String(row['used_at']),
});
