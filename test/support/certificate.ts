import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A certificate that its own key signed, good for localhost, and that key; both PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Makes `NAME.pem` and `NAME.key` in a folder. */
export function certificate(folder: string, name: string): Certificate {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const args = ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return { cert, key };
}
