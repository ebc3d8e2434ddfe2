import { RunnerError } from '../base/errors.ts';
import type { RunRecord } from '../runner/index.ts';
import type { Database, Row } from './database.ts';

/** An app as a server knows it: a descriptor by name and version. */
export interface StoredApp {
  readonly name: string;
  /** As the descriptor says; without one, `0`. */
  readonly version: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly dialect: RunRecord['app']['dialect'];
  readonly descriptorText: string;
  /** Hex. */
  readonly descriptorSha256: string;
  /** Who registered it. */
  readonly registeredBy: string;
  /** May be run. */
  readonly enabled: boolean;
  /** Runs still, but a newer one should be used: why, in a sentence. */
  readonly deprecated?: string;
  /** The very image it was registered from, when it was: its runs use it. */
  readonly fromImage?: string;
}

/** Apps of a data folder. Every method may throw what those of `RunStore` may. */
export interface AppStore {
  /** Keeps a new version; false: it is there already, with the very same descriptor and image. Throws `app-exists`. */
  add(app: Omit<StoredApp, 'createdAt'>): boolean;
  /** Throws `app-not-found`. */
  read(name: string, version: string): StoredApp;
  /** Every version of one app, newest first. */
  versions(name: string): readonly StoredApp[];
  /** One page; apps by name, versions newest first. Throws `usage` for a cursor that is none. */
  page(query: AppQuery): AppPage;
  /** Throws `app-not-found`. */
  change(name: string, version: string, change: AppChange): StoredApp;
}

export interface AppQuery {
  /** Of this app alone. */
  readonly name?: string;
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface AppPage {
  readonly apps: readonly StoredApp[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

export interface AppChange {
  readonly enabled?: boolean;
  /** Null: no longer. */
  readonly deprecated?: string | null;
}

/** What this needs of the store it belongs to. */
export interface AppContext {
  readonly readable: () => Database;
  readonly writable: () => Database;
  readonly now: () => string;
}

export class SqliteApps implements AppStore {
  readonly #context: AppContext;

  constructor(context: AppContext) {
    this.#context = context;
  }

  add(app: Omit<StoredApp, 'createdAt'>): boolean {
    const database = this.#context.writable();
    const { name, version, ...body } = app;
    return database.transaction(() => {
      const before = find(database, name, version);
      const other = before && differenceOf(before, app);
      if (other !== undefined)
        throw new RunnerError(
          'app-exists',
          `there is a version ${version} of ${name} with another ${other}`,
          { hint: 'A version never changes: give the descriptor another version.' },
        );
      if (before !== undefined) return false;
      database.run(
        'INSERT INTO apps (name, version, created_at, body) VALUES (?, ?, ?, ?)',
        ...[name, version, this.#context.now(), JSON.stringify(body)],
      );
      return true;
    });
  }

  read(name: string, version: string): StoredApp {
    const app = find(this.#context.readable(), name, version);
    if (app !== undefined) return app;
    const versions = this.versions(name).map((known) => known.version);
    throw new RunnerError(
      'app-not-found',
      versions.length === 0
        ? `there is no app ${JSON.stringify(name)}`
        : `${name} has no version ${JSON.stringify(version)}`,
      {
        hint:
          versions.length === 0
            ? 'Register it first: POST its descriptor to /runner/v1/apps.'
            : `There is ${versions.join(', ')}.`,
      },
    );
  }

  versions(name: string): readonly StoredApp[] {
    return this.#context
      .readable()
      .all('SELECT * FROM apps WHERE name = ? ORDER BY created_at DESC, version', name)
      .map(appOf);
  }

  page({ name, limit, cursor }: AppQuery): AppPage {
    const [afterName = '', afterAt = '', afterVersion = ''] =
      cursor === undefined ? ['', '~'] : placeOf(cursor);
    const found = this.#context
      .readable()
      .all(
        `SELECT * FROM apps WHERE (?1 IS NULL OR name = ?1)
           AND name >= ?2
           AND (name > ?2 OR created_at < ?3 OR (created_at = ?3 AND version > ?4))
         ORDER BY name, created_at DESC, version LIMIT ?5`,
        ...[name ?? null, afterName, afterAt, afterVersion, limit + 1],
      )
      .map(appOf);
    const apps = found.slice(0, limit);
    const last = apps.at(-1);
    if (found.length <= limit || last === undefined) return { apps };
    return { apps, nextCursor: cursorBehind(last) };
  }

  change(name: string, version: string, change: AppChange): StoredApp {
    const database = this.#context.writable();
    return database.transaction(() => {
      const { deprecated: before, ...app } = this.read(name, version);
      const deprecated = change.deprecated === undefined ? before : change.deprecated;
      const after: StoredApp = {
        ...app,
        enabled: change.enabled ?? app.enabled,
        ...(deprecated === undefined || deprecated === null ? {} : { deprecated }),
      };
      const { name: _name, version: _version, createdAt: _createdAt, ...body } = after;
      database.run(
        'UPDATE apps SET body = ? WHERE name = ? AND version = ?',
        ...[JSON.stringify(body), name, version],
      );
      return after;
    });
  }
}

function differenceOf(
  before: StoredApp,
  app: Pick<StoredApp, 'descriptorSha256' | 'fromImage'>,
): 'descriptor' | 'image' | undefined {
  if (before.descriptorSha256 !== app.descriptorSha256) return 'descriptor';
  return before.fromImage === app.fromImage ? undefined : 'image';
}

function find(database: Database, name: string, version: string): StoredApp | undefined {
  const row = database.get('SELECT * FROM apps WHERE name = ? AND version = ?', name, version);
  return row && appOf(row);
}

/** Names may hold anything: the place is JSON, and opaque. */
const cursorBehind = ({ name, createdAt, version }: StoredApp): string =>
  Buffer.from(JSON.stringify([name, createdAt, version])).toString('base64url');

function placeOf(cursor: string): readonly string[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (
      Array.isArray(place) &&
      place.length === 3 &&
      place.every((part) => typeof part === 'string')
    )
      return place;
  } catch {
    // Told below.
  }
  throw new RunnerError('usage', `"${cursor}" is not the place of a page in the list of apps`, {
    hint: 'Give the nextCursor of the page before, unchanged, or none for the first page.',
  });
}

const appOf = (row: Row): StoredApp => ({
  ...(JSON.parse(String(row['body'])) as Omit<StoredApp, 'name' | 'version' | 'createdAt'>),
  name: String(row['name']),
  version: String(row['version']),
  createdAt: String(row['created_at']),
});
