import { statSync } from 'node:fs';
import { join } from 'node:path';

import { RunnerError } from '../base/errors.ts';
import { Database } from './database.ts';
import { storeError } from './faults.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { makePrivateFolder } from './private-folder.ts';

/** The database of a data folder: opened when it is first needed, made when it is first written to. */
export class LazyDatabase implements Disposable {
  readonly #folder: string;
  #opened: Database | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** For writing: makes the folder and the file where they are missing. */
  writable(): Database {
    if (this.#opened !== undefined) return this.#opened;
    makePrivateFolder(this.#folder);
    return this.#open();
  }

  /** For reading: a database that is not there yet reads like an empty one. */
  readable(): Database {
    if (this.#opened !== undefined) return this.#opened;
    if (this.#isThere()) return this.#open();
    const empty = Database.inMemory();
    migrate(empty, MIGRATIONS);
    return empty;
  }

  [Symbol.dispose](): void {
    this.#opened?.[Symbol.dispose]();
    this.#opened = undefined;
  }

  #isThere(): boolean {
    try {
      const folder = statSync(this.#folder, { throwIfNoEntry: false });
      if (folder?.isDirectory() === false)
        throw new RunnerError('store-unusable', `the data folder ${this.#folder} is not a folder`, {
          hint: 'Choose another data folder, for example with CYTO_RUN_HOME.',
        });
      return statSync(this.#path, { throwIfNoEntry: false }) !== undefined;
    } catch (error) {
      throw storeError(error, this.#folder);
    }
  }

  #open(): Database {
    const database = Database.open(this.#path);
    try {
      migrate(database, MIGRATIONS);
    } catch (error) {
      database[Symbol.dispose]();
      throw error;
    }
    this.#opened = database;
    return database;
  }

  get #path(): string {
    return join(this.#folder, 'cyto-run.db');
  }
}
