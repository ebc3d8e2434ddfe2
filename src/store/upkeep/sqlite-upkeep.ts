import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { RunState } from '../../runner/index.ts';
import type { Database } from '../database.ts';
import { storeError } from '../faults.ts';
import { backUp } from './backup.ts';
import { flawsOf } from './flaws.ts';
import { refold } from './refold.ts';
import type { BackupReport, Flaw, Upkeep } from './upkeep.ts';

/** What this needs of the store it belongs to. */
export interface UpkeepContext {
  readonly folder: string;
  readonly readable: () => Database;
  readonly writable: () => Database;
}

export class SqliteUpkeep implements Upkeep {
  readonly #context: UpkeepContext;

  constructor(context: UpkeepContext) {
    this.#context = context;
  }

  backup(path: string, signal: AbortSignal): Promise<BackupReport> {
    // Made, and brought to this program's schema, if it is not.
    this.#context.writable();
    return backUp(this.#context.folder, path, signal);
  }

  touch(): void {
    this.#context
      .writable()
      .run(
        "INSERT INTO meta (name, value) VALUES ('touched', '1') ON CONFLICT (name) DO UPDATE SET value = 1 - value",
      );
  }

  runCounts(): Readonly<Partial<Record<RunState, number>>> {
    const rows = this.#context
      .readable()
      .all('SELECT state, count(*) AS count FROM runs GROUP BY state');
    return Object.fromEntries(rows.map((row) => [String(row['state']), Number(row['count'])]));
  }

  flaws(): Iterable<Flaw> {
    return flawsOf(this.#context.readable(), this.#context.folder);
  }

  async repair({ kind, subject, remedy }: Flaw): Promise<boolean> {
    if (remedy === undefined) return false;
    if (kind === 'record') refold(this.#context.writable(), subject);
    else if (kind === 'folder') await this.#setAside(subject);
    else if (kind === 'webhook')
      this.#context
        .writable()
        .run(
          "UPDATE webhook_deliveries SET state = 'dead', last_fault = coalesce(last_fault, 'given up by fsck') WHERE delivery_id = ?",
          Number(subject.split(' ').at(-1)),
        );
    else return false;
    return true;
  }

  async #setAside(subject: string): Promise<void> {
    const { folder } = this.#context;
    const lost = join(folder, 'lost');
    try {
      await mkdir(lost, { recursive: true, mode: 0o700 });
      await rename(join(folder, subject), join(lost, basename(subject)));
    } catch (error) {
      throw storeError(error, lost);
    }
  }
}
