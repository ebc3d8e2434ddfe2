import type { RunRecord } from '../runner/index.ts';
import { SqliteApps, type AppStore } from './apps.ts';
import { SqliteAudit, type AuditStore } from './audit.ts';
import { insertBatch, type NewBatch, type NewRun } from './batches.ts';
import type { Database } from './database.ts';
import { keepEntrusted } from './entrusted.ts';
import { claimQueue, insertRun, queuedRuns, stoppedInQueue } from './journal.ts';
import { Sealer } from './secrets/sealer.ts';
import { SqliteSecrets, type SecretStore } from './secrets/secret-store.ts';
import { lockForServer, type ServerLock } from './server-lock.ts';
import { putEndpoint } from './webhooks/rows.ts';
import { earlierResult, keepResult, type OnceOnly } from './submissions.ts';
import { SqliteTokens, type TokenStore } from './tokens.ts';
import { SqliteUploads, type UploadStore } from './uploads.ts';

/** What a submission came to. */
export interface Submitted {
  readonly runIds: readonly string[];
  /** False: it was sent before. */
  readonly isNew: boolean;
}

/** What a server keeps in a data folder beside runs. Every method may throw what those of `RunStore` may. */
export interface ServerStore {
  /**
   * Makes this process the only server of the folder, until the store is disposed of: whoever has the
   * lock next finds that nobody owns what this process ran. Throws `server-running`.
   */
  lock(): Pick<ServerLock, 'stopping'>;
  /**
   * Queues runs as this process's, all of them or none, once for each key: sent again, a submission
   * creates nothing and is told what it came to before. With `batch`, that is written down too. Throws `idempotency-conflict`.
   */
  submit(runs: readonly NewRun[], once: OnceOnly | undefined, batch?: NewBatch): Submitted;
  /** What a submission with this key came to before, if it was sent before. Throws `idempotency-conflict`. */
  submittedBefore(once: OnceOnly): Submitted | undefined;
  /**
   * Makes the runs of a server's queue that have not ended and whose process is dead this process's, all at
   * once, and returns them in the order they came; with those that are its own already, unless only
   * those `of-the-dead` are asked for.
   */
  takeOver(which?: 'all' | 'of-the-dead'): readonly RunRecord[];
  /**
   * Runs of a server's queue that have not ended and were asked to stop, by whomever. Costs next to
   * nothing while no other process writes.
   */
  stopsAsked(): readonly RunRecord[];
  readonly apps: AppStore;
  readonly tokens: TokenStore;
  readonly secrets: SecretStore;
  readonly audit: AuditStore;
  readonly uploads: UploadStore;
}

/** What this needs of the store it belongs to. */
export interface ServerContext {
  readonly folder: string;
  readonly readable: () => Database;
  readonly writable: () => Database;
  readonly owner: () => string;
  readonly isAlive: (owner: string) => boolean;
  readonly now: () => string;
}

export class SqliteServerStore implements ServerStore, Disposable {
  readonly apps: AppStore;
  readonly tokens: TokenStore;
  readonly secrets: SecretStore;
  readonly audit: AuditStore;
  readonly uploads: UploadStore;
  readonly #context: ServerContext;
  #lock: ServerLock | undefined;
  #seenVersion: number | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
    this.apps = new SqliteApps(context);
    this.tokens = new SqliteTokens(context);
    this.secrets = new SqliteSecrets(context);
    this.audit = new SqliteAudit(context);
    this.uploads = new SqliteUploads(context);
  }

  lock(): ServerLock {
    return (this.#lock ??= lockForServer(this.#context.folder));
  }

  [Symbol.dispose](): void {
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
  }

  submit(runs: readonly NewRun[], once: OnceOnly | undefined, batch?: NewBatch): Submitted {
    const database = this.#context.writable();
    const owner = this.#context.owner();
    const at = this.#context.now();
    return database.transaction(() => {
      const earlier = once && earlierResult(database, once);
      if (earlier !== undefined) return before(earlier);
      if (batch !== undefined) insertBatch(database, batch, at);
      for (const run of runs) {
        const { runId, facts, webhook } = run;
        if (webhook !== undefined)
          putEndpoint(database, webhook, { at, sealer: new Sealer(this.#context) });
        insertRun(database, owner, { type: 'created', ...facts, runId, seq: 1, at });
        keepEntrusted(database, this.#context, run);
      }
      const runIds = runs.map(({ runId }) => runId);
      if (once !== undefined) keepResult(database, once, JSON.stringify(runIds), at);
      return { runIds, isNew: true };
    });
  }

  submittedBefore(once: OnceOnly): Submitted | undefined {
    const earlier = earlierResult(this.#context.readable(), once);
    return earlier === undefined ? undefined : before(earlier);
  }

  takeOver(which: 'all' | 'of-the-dead' = 'all'): readonly RunRecord[] {
    const database = this.#context.writable();
    const ours = this.#context.owner();
    return database.transaction(() => {
      const runs = queuedRuns(database);
      const others = new Set(runs.map(({ owner }) => owner).filter((owner) => owner !== ours));
      // The dead stay dead.
      const dead = [...others].filter((owner) => !this.#context.isAlive(owner));
      for (const owner of dead) claimQueue(database, owner, ours);
      const taken = new Set(which === 'all' ? [ours, ...dead] : dead);
      return runs.filter(({ owner }) => taken.has(owner)).map(({ record }) => record);
    });
  }

  stopsAsked(): readonly RunRecord[] {
    const database = this.#context.readable();
    // Counts what other connections write.
    const version = Number(database.get('PRAGMA data_version')?.['data_version']);
    if (version === this.#seenVersion) return [];
    const asked = stoppedInQueue(database).map(({ record }) => record);
    this.#seenVersion = version;
    return asked;
  }
}

const before = (kept: string): Submitted => ({
  runIds: JSON.parse(kept) as string[],
  isNew: false,
});
