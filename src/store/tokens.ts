import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { epochMs } from '../base/clock.ts';
import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Database, Row } from './database.ts';
import { randomText } from './run-id.ts';

/** What a token may be used for; each allows what those before it allow. */
export const TOKEN_SCOPES = ['read', 'submit', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** A token as it is kept and listed: everything but itself. */
export interface StoredToken {
  /** The part of it that is no secret. */
  readonly id: string;
  /** Unique among those in force. */
  readonly name: string;
  /** Whose runs it sees and submits. */
  readonly owner: string;
  readonly scope: TokenScope;
  /** RFC 3339, UTC, as the others. */
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** Within `LIMITS.tokenUsedMs`. */
  readonly lastUsedAt?: string;
  readonly revokedAt?: string;
}

export interface NewToken {
  readonly name: string;
  readonly owner: string;
  readonly scope: TokenScope;
  readonly expiresAt?: string | undefined;
}

/** Tokens of a server. Every method may throw what those of `RunStore` may. */
export interface TokenStore {
  /** Makes a token. Its text is told this once and kept nowhere. Throws `name-taken`, `usage`. */
  create(token: NewToken): { readonly token: StoredToken; readonly text: string };
  /** All there ever were, newest first. */
  list(): readonly StoredToken[];
  /** Ends a token, by name or id, for good. Throws `not-found`. */
  revoke(nameOrId: string): StoredToken;
  /** The token in force that has this text. Notes that it was used. */
  find(text: string): StoredToken | undefined;
  /** Whether any token is in force. */
  any(): boolean;
}

/** What this needs of the store it belongs to. */
export interface TokenContext {
  readonly readable: () => Database;
  readonly writable: () => Database;
  readonly now: () => string;
}

/** `cyr_` for scanners of leaked secrets, the id by which it is found, 256 random bits. */
const TOKEN = /^cyr_([0-9a-z]{10})_([\w-]{43})$/;
/** What names people and things that are told apart by name. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@:+/-]{0,99}$/u;

/**
 * Only a hash is kept. SHA-256 without salt or stretching is enough: a token is 256 random bits,
 * which nobody guesses however fast the guesses are made.
 */
export class SqliteTokens implements TokenStore {
  readonly #context: TokenContext;

  constructor(context: TokenContext) {
    this.#context = context;
  }

  create({ name, owner, scope, expiresAt }: NewToken): { token: StoredToken; text: string } {
    for (const text of [name, owner]) assertName(text);
    const database = this.#context.writable();
    const secret = randomBytes(32).toString('base64url');
    const token: StoredToken = {
      id: randomText(10),
      name,
      owner,
      scope,
      createdAt: this.#context.now(),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    database.transaction(() => {
      if (inForce(database, name) !== undefined)
        throw new RunnerError('name-taken', `there is a token ${JSON.stringify(name)} already`, {
          hint: 'Choose another name, or revoke that one first.',
        });
      database.run(
        `INSERT INTO tokens (id, name, owner, scope, digest, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ...[token.id, name, owner, scope, digestOf(secret), token.createdAt, expiresAt ?? null],
      );
    });
    return { token, text: `cyr_${token.id}_${secret}` };
  }

  list(): readonly StoredToken[] {
    return this.#context
      .readable()
      .all('SELECT * FROM tokens ORDER BY created_at DESC, id')
      .map(tokenOf);
  }

  revoke(nameOrId: string): StoredToken {
    const database = this.#context.writable();
    return database.transaction(() => {
      const row =
        inForce(database, nameOrId) ??
        database.get('SELECT * FROM tokens WHERE id = ? AND revoked_at IS NULL', nameOrId);
      if (row === undefined)
        throw new RunnerError('not-found', `there is no token ${JSON.stringify(nameOrId)}`, {
          hint: '`cyto-run token list` shows them.',
        });
      const revokedAt = this.#context.now();
      database.run('UPDATE tokens SET revoked_at = ? WHERE id = ?', revokedAt, row['id'] as string);
      return { ...tokenOf(row), revokedAt };
    });
  }

  find(text: string): StoredToken | undefined {
    const [, id, secret] = TOKEN.exec(text) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    const row = this.#context
      .readable()
      .get('SELECT * FROM tokens WHERE id = ? AND revoked_at IS NULL', id);
    // Compared in the same time for a token that nobody has, too.
    const digest = (row?.['digest'] as Uint8Array | undefined) ?? NO_DIGEST;
    const isRight = timingSafeEqual(digestOf(secret), digest);
    if (row === undefined || !isRight) return undefined;
    const token = tokenOf(row);
    const now = this.#context.now();
    if (token.expiresAt !== undefined && epochMs(token.expiresAt) <= epochMs(now)) return undefined;
    this.#used(token, now);
    return token;
  }

  any(): boolean {
    return (
      this.#context
        .readable()
        .get(
          'SELECT 1 FROM tokens WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)',
          this.#context.now(),
        ) !== undefined
    );
  }

  #used({ id, lastUsedAt }: StoredToken, now: string): void {
    if (lastUsedAt !== undefined && epochMs(now) - epochMs(lastUsedAt) < LIMITS.tokenUsedMs) return;
    this.#context.writable().withoutWaiting(() => {
      this.#context.writable().run('UPDATE tokens SET last_used_at = ? WHERE id = ?', now, id);
    });
  }
}

const NO_DIGEST = Buffer.alloc(32);

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const inForce = (database: Database, name: string): Row | undefined =>
  database.get('SELECT * FROM tokens WHERE name = ? AND revoked_at IS NULL', name);

function assertName(name: string): void {
  if (NAME.test(name)) return;
  throw new RunnerError('usage', `${JSON.stringify(name)} cannot name a token or its owner`, {
    hint: 'A name begins with a letter or digit, and holds letters, digits, spaces and ._@:+/- (at most 100).',
  });
}

const tokenOf = (row: Row): StoredToken => ({
  id: String(row['id']),
  name: String(row['name']),
  owner: String(row['owner']),
  scope: row['scope'] as TokenScope,
  createdAt: String(row['created_at']),
  ...optionalText('expiresAt', row['expires_at']),
  ...optionalText('lastUsedAt', row['last_used_at']),
  ...optionalText('revokedAt', row['revoked_at']),
});

const optionalText = <Key extends string>(
  key: Key,
  value: unknown,
): Partial<Record<Key, string>> =>
  typeof value === 'string' ? ({ [key]: value } as Record<Key, string>) : {};
