import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { messageOf, RunnerError } from '../../base/errors.ts';

/** A certificate, with those that lead to one that is trusted, and its key; both PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads and checks them. Throws `configuration-invalid` when they cannot be used together. */
export function readTls(
  certPath: string | undefined,
  keyPath: string | undefined,
): TlsFiles | undefined {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined)
    throw new RunnerError('configuration-invalid', 'TLS needs a certificate and its key, both', {
      hint: 'Set serve.tls.cert and serve.tls.key.',
    });
  const cert = read(certPath, 'certificate');
  const key = read(keyPath, 'key');
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key };
  } catch (cause) {
    throw new RunnerError(
      'configuration-invalid',
      `${certPath} or ${keyPath} is not PEM: ${messageOf(cause)}`,
      {
        cause,
        hint: 'Give a PEM certificate and a PEM key without passphrase.',
      },
    );
  }
  throw new RunnerError('configuration-invalid', `${keyPath} is not the key of ${certPath}`, {
    hint: 'Give the key for which the certificate was issued.',
  });
}

function read(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new RunnerError(
      'configuration-invalid',
      `the TLS ${what} cannot be read: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}
