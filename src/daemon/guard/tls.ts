import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:tls';

import { messageOf, RunnerError } from '../../base/errors.ts';
import type { ServerLog } from '../log/index.ts';

/** A certificate, with those that lead to one that is trusted, and its key; both PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface TlsPaths {
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/**
 * Looks at each new connection whether the files have changed, or are others, and lets that one have the new ones
 * already. Files that cannot be used together (yet: one is written after the other) change nothing,
 * and are told once.
 */
export function followTls(server: Server, paths: () => TlsPaths, log: ServerLog): void {
  if (!(server instanceof TlsServer)) return;
  let used = stateOf(paths());
  let told = '';
  // Before the listener that begins to speak TLS.
  server.prependListener('connection', () => {
    const { cert, key } = paths();
    const now = stateOf({ cert, key });
    if (now === used) return;
    try {
      server.setSecureContext(readTls(cert, key) ?? {});
      used = now;
      log.info({}, 'the TLS certificate was read again');
    } catch (error) {
      if (now !== told) log.error({}, `TLS goes on as it was: ${messageOf(error)}`);
      told = now;
    }
  });
}

/** Another for files that are other ones or were written to. */
const stateOf = ({ cert, key }: TlsPaths): string =>
  [cert, key]
    .map((path = '') => {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? '' : [stats.ino, stats.size, stats.mtimeNs].join(' ');
    })
    .join('\n');

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
