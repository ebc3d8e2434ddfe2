import { dateAt, epochMs } from '../base/clock.ts';
import { LIMITS } from '../base/limits.ts';
import type { Database, Row } from './database.ts';

/** One thing that somebody did, or tried to do, on a server. */
export interface AuditEntry {
  /** Position in the log, from 1; later entries have higher ones. */
  readonly seq: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The name the server knows; absent: nobody it knows. */
  readonly who?: string;
  /** How they proved it: `local`, `token NAME`, `oidc`; `signal`: by one to the server. */
  readonly via?: string;
  /** Address of the connection. */
  readonly from: string;
  /** The operation's name in the API, or `reload`. */
  readonly action: string;
  /** What it was done to: the path of the request, without its query; of a reload what is new. */
  readonly target: string;
  /** HTTP status. */
  readonly status: number;
  /** Code of the failure, if it failed. */
  readonly code?: string;
  readonly requestId?: string;
}

export interface AuditQuery {
  readonly limit: number;
  /** Only entries before this one. */
  readonly before?: number;
  readonly who?: string;
}

/** Who did what on a server. Every method may throw what those of `RunStore` may. */
export interface AuditStore {
  /** Kept when this returns, whatever becomes of this process; a power cut may take the last ones. */
  add(entry: Omit<AuditEntry, 'seq' | 'at'>): void;
  /** Newest first. */
  list(query: AuditQuery): readonly AuditEntry[];
  /** Forgets what is older than `LIMITS.auditKeptMs`; returns how many. */
  forgetOld(): number;
}

/** What this needs of the store it belongs to. */
export interface AuditContext {
  readonly readable: () => Database;
  readonly writable: () => Database;
  readonly now: () => string;
}

export class SqliteAudit implements AuditStore {
  readonly #context: AuditContext;

  constructor(context: AuditContext) {
    this.#context = context;
  }

  add({ who, ...body }: Omit<AuditEntry, 'seq' | 'at'>): void {
    const database = this.#context.writable();
    // To wait for the disk would cost each request more than all the rest of it.
    database.withoutWaiting(() => {
      database.run(
        'INSERT INTO audit (at, who, body) VALUES (?, ?, ?)',
        ...[this.#context.now(), who ?? null, JSON.stringify(body)],
      );
    });
  }

  list({ limit, before, who }: AuditQuery): readonly AuditEntry[] {
    const behind = before ?? Number.MAX_SAFE_INTEGER;
    const database = this.#context.readable();
    const rows =
      who === undefined
        ? database.all('SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?', behind, limit)
        : database.all(
            'SELECT * FROM audit WHERE who = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
            ...[who, behind, limit],
          );
    return rows.map(entryOf);
  }

  forgetOld(): number {
    const oldest = dateAt(epochMs(this.#context.now()) - LIMITS.auditKeptMs).toISOString();
    return this.#context.writable().run('DELETE FROM audit WHERE at < ?', oldest);
  }
}

const entryOf = (row: Row): AuditEntry => ({
  ...(JSON.parse(String(row['body'])) as Omit<AuditEntry, 'seq' | 'at' | 'who'>),
  seq: Number(row['seq']),
  at: String(row['at']),
  ...(typeof row['who'] === 'string' ? { who: row['who'] } : {}),
});
