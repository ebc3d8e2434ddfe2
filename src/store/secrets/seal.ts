import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

import { RunnerError } from '../../base/errors.ts';

const CIPHER = 'aes-256-gcm';
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a text with AES-256-GCM: a version, a random nonce, the tag, the cipher text.
 *
 * @param context what the text belongs to; it can be opened for that alone
 */
export function seal(key: Buffer, text: string, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed]);
}

/** The text that was sealed for this context. Throws `store-unusable` for anything else. */
export function unseal(key: Buffer, bytes: Uint8Array, context: string): string {
  const sealed = Buffer.from(bytes);
  const behindNonce = 1 + NONCE_BYTES;
  const behindTag = behindNonce + TAG_BYTES;
  try {
    if (sealed[0] !== VERSION) throw new TypeError('not sealed by this program');
    const cipher = createDecipheriv(CIPHER, key, sealed.subarray(1, behindNonce), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(context))
      .setAuthTag(sealed.subarray(behindNonce, behindTag));
    return cipher.update(sealed.subarray(behindTag), undefined, 'utf8') + cipher.final('utf8');
  } catch (cause) {
    throw new RunnerError('store-unusable', `the secret kept for ${context} cannot be opened`, {
      cause,
      hint: 'It was sealed with another key, or is damaged: put secrets.key back from a copy, or set it again.',
    });
  }
}
