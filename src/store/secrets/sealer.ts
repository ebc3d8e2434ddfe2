import { createHmac } from 'node:crypto';

import type { Database } from '../database.ts';
import { readKey } from './key-file.ts';
import { seal, unseal } from './seal.ts';

/** What this needs of the store it belongs to. */
export interface SecretContext {
  /** The key lies in it. */
  readonly folder: string;
  readonly readable: () => Database;
  readonly writable: () => Database;
  /** RFC 3339, UTC. */
  readonly now: () => string;
}

/** What sealed texts begin with where they stand in a column of text. */
const MARK = 'sealed:';

const ANYTHING_SEALED = `SELECT 1 FROM secrets UNION ALL SELECT 1 FROM run_secrets
  UNION ALL SELECT 1 FROM uploads WHERE sealed_url IS NOT NULL
  UNION ALL SELECT 1 FROM webhook_endpoints WHERE secrets LIKE '${MARK}%'
  UNION ALL SELECT 1 FROM meta WHERE value LIKE '${MARK}%' LIMIT 1`;

/**
 * Seals and opens with the key of a data folder, which is made for what is sealed first. Every method
 * throws `store-unusable` when the key is gone, or is another one.
 */
export class Sealer {
  readonly #context: Pick<SecretContext, 'folder' | 'readable'>;

  constructor(context: Pick<SecretContext, 'folder' | 'readable'>) {
    this.#context = context;
  }

  /** @param owner what the text belongs to; it can be opened for that alone */
  seal(text: string, owner: string): Buffer {
    return seal(this.#key(), text, owner);
  }

  open(sealed: Uint8Array, owner: string): string {
    return unseal(this.#key(), sealed, owner);
  }

  /** The same as text. */
  sealText(text: string, owner: string): string {
    return `${MARK}${this.seal(text, owner).toString('base64')}`;
  }

  openText(sealed: string, owner: string): string {
    return this.open(Buffer.from(sealed.slice(MARK.length), 'base64'), owner);
  }

  /** Hex; the same for the same text, and tells nothing of it to who has not the key. */
  fingerprint(text: string): string {
    return createHmac('sha256', this.#key()).update(text).digest('hex');
  }

  #key(): Buffer {
    const { folder, readable } = this.#context;
    return readKey(folder, () => readable().get(ANYTHING_SEALED) === undefined);
  }
}
