import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Database, Row } from '../database.ts';
import { Sealer, type SecretContext } from './sealer.ts';

/** Who may use a secret: names, or everybody. */
export type SecretUsers = readonly string[] | 'everyone';

/** What may be told of a named secret: everything but itself. */
export interface NamedSecret {
  readonly name: string;
  /** Who may refer to it, beside administrators. */
  readonly users: SecretUsers;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly changedAt: string;
}

/** The values of one run that are secret, by input id, and of variables, by name. */
export interface RunSecrets {
  readonly values: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Secrets of a server, sealed with a key that lies beside the database. Every method may throw what
 * those of `RunStore` may.
 */
export interface SecretStore {
  /** Keeps a secret under a name, in place of what was there. Throws `usage` for what cannot be one. */
  put(name: string, value: string, users: SecretUsers): NamedSecret;
  /** By name. */
  list(): readonly NamedSecret[];
  /** Throws `not-found`. */
  remove(name: string): void;
  /** For a run that refers to it; never for an answer. Undefined: there is none. */
  read(name: string): { readonly value: string; readonly users: SecretUsers } | undefined;
  /** Those of a run that has not ended; they go when it ends. */
  ofRun(runId: string): RunSecrets | undefined;
  /** Hex: tells whether two texts are the same, and without the key nothing of what they say. */
  fingerprintOf(text: string): string;
}

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

export class SqliteSecrets implements SecretStore {
  readonly #context: SecretContext;
  readonly #sealer: Sealer;

  constructor(context: SecretContext) {
    this.#context = context;
    this.#sealer = new Sealer(context);
  }

  put(name: string, value: string, users: SecretUsers): NamedSecret {
    assertSecret(name, value);
    const sealed = this.#sealer.seal(value, namedContext(name));
    const at = this.#context.now();
    const database = this.#context.writable();
    return database.transaction(() => {
      const before = database.get('SELECT created_at FROM secrets WHERE name = ?', name);
      const createdAt = before === undefined ? at : String(before['created_at']);
      database.run(
        'REPLACE INTO secrets (name, users, sealed, created_at, changed_at) VALUES (?, ?, ?, ?, ?)',
        ...[name, JSON.stringify(users), sealed, createdAt, at],
      );
      return { name, users, createdAt, changedAt: at };
    });
  }

  list(): readonly NamedSecret[] {
    return this.#context.readable().all('SELECT * FROM secrets ORDER BY name').map(namedOf);
  }

  remove(name: string): void {
    const removed = this.#context.writable().run('DELETE FROM secrets WHERE name = ?', name);
    if (removed === 0)
      throw new RunnerError('not-found', `there is no secret ${JSON.stringify(name)}`, {
        hint: '`cyto-run secret list` shows their names.',
      });
  }

  read(name: string): { value: string; users: SecretUsers } | undefined {
    const row = this.#context.readable().get('SELECT * FROM secrets WHERE name = ?', name);
    if (row === undefined) return undefined;
    const value = this.#sealer.open(row['sealed'] as Uint8Array, namedContext(name));
    return { value, users: namedOf(row).users };
  }

  ofRun(runId: string): RunSecrets | undefined {
    const row = this.#context
      .readable()
      .get('SELECT sealed FROM run_secrets WHERE run_id = ?', runId);
    if (row === undefined) return undefined;
    return JSON.parse(
      this.#sealer.open(row['sealed'] as Uint8Array, runContext(runId)),
    ) as RunSecrets;
  }

  fingerprintOf(text: string): string {
    return this.#sealer.fingerprint(text);
  }

  /** Those of a new run, in the transaction that creates it. */
  keep(database: Database, runId: string, secrets: RunSecrets): void {
    const sealed = this.#sealer.seal(JSON.stringify(secrets), runContext(runId));
    database.run('INSERT INTO run_secrets (run_id, sealed) VALUES (?, ?)', runId, sealed);
  }
}

const namedContext = (name: string): string => `the name ${name}`;
const runContext = (runId: string): string => `the run ${runId}`;

function assertSecret(name: string, value: string): void {
  if (!NAME.test(name))
    throw new RunnerError('usage', `${JSON.stringify(name)} cannot name a secret`, {
      hint: 'A name begins with a letter, and holds letters, digits and _.- (at most 64).',
    });
  // The value stays out of what is said about it.
  const size = Buffer.byteLength(value);
  if (size === 0 || size > LIMITS.secretBytesMax || value.includes('\0'))
    throw new RunnerError('usage', `the value of the secret ${name} cannot be kept`, {
      hint: `A secret has 1 to ${LIMITS.secretBytesMax} bytes, none of them NUL; this one has ${size}.`,
    });
}

const namedOf = (row: Row): NamedSecret => ({
  name: String(row['name']),
  users: JSON.parse(String(row['users'])) as SecretUsers,
  createdAt: String(row['created_at']),
  changedAt: String(row['changed_at']),
});
