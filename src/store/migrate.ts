import { RunnerError } from '../base/errors.ts';
import type { Database } from './database.ts';
import type { Migration } from './migrations.ts';
import { randomText } from './run-id.ts';

/** `PRAGMA application_id` of our databases ("cyto"), so that another program's file is not mistaken for one. */
const APPLICATION_ID = 0x6379_746f;

/**
 * Brings a database to the newest of `migrations`; a new one gets its identity too. Several programs
 * may do it at once: the first does, the others find it done. Throws `store-newer` when a newer
 * program has written it, `store-unusable` when it is no database of ours, or is old and read-only.
 */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  const newest = migrations.at(-1)?.version ?? 0;
  if (versionOf(database, newest) === newest) return;
  database.transaction(() => {
    const found = versionOf(database, newest);
    for (const { version, sql } of migrations.filter((step) => step.version > found))
      database.exec(`${sql}; PRAGMA user_version = ${version}`);
    if (found > 0) return;
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.run('INSERT INTO meta (name, value) VALUES (?, ?)', 'data_id', randomText(12));
  });
}

function versionOf(database: Database, newest: number): number {
  const version = pragma(database, 'user_version');
  const isOurs =
    version === 0
      ? database.get('SELECT 1 FROM sqlite_master LIMIT 1') === undefined
      : pragma(database, 'application_id') === APPLICATION_ID;
  if (!isOurs)
    throw new RunnerError('store-unusable', `${database.path} is another program's database`, {
      hint: 'Choose another data folder, for example with CYTO_RUN_HOME.',
    });
  if (version > newest)
    throw new RunnerError(
      'store-newer',
      `the database ${database.path} was written by a newer version of this program (its schema is ${version}, this program knows ${newest})`,
      { hint: 'Update this program, or choose another data folder with CYTO_RUN_HOME.' },
    );
  return version;
}

const pragma = (database: Database, name: string): number =>
  Number(database.get(`PRAGMA ${name}`)?.[name]);
