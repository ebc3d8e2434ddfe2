import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, test, vi } from 'vitest';

import { certificate } from '../support/certificate.ts';
import { describeWith } from '../support/needs.ts';
import { serverHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

/** The name in the certificate that a new connection is shown, and which CAs would trust it. */
async function nameShown(port: number, ca: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca: readFileSync(ca) });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return [CN].flat().join();
}

/** What a server answers over TLS. */
async function live(port: number, ca: string): Promise<number | undefined> {
  const asked = request({ host: '127.0.0.1', port, path: '/health/live', ca: readFileSync(ca) });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [{ statusCode?: number; resume: () => void }];
  answer.resume();
  return answer.statusCode;
}

describeWith('openssl', 'a server that speaks TLS', () => {
  test('uses a new certificate from the next connection on, and keeps the old while the new is not whole', async () => {
    await using folder = await temporaryFolder();
    const [old, renewed] = [certificate(folder.path, 'old'), certificate(folder.path, 'renewed')];
    const [cert, key] = [join(folder.path, 'live.pem'), join(folder.path, 'live.key')];
    copyFileSync(old.cert, cert);
    copyFileSync(old.key, key);
    const file = join(folder.path, 'server.yaml');
    writeFileSync(file, `serve:\n  tls: { cert: live.pem, key: live.key }\n`);
    await using here = await serverHere(folder.path, { CYTO_RUN_CONFIG: file });
    expect(here.server.url).toMatch(/^https:/);
    const port = Number(new URL(here.server.url).port);
    expect(await live(port, old.cert)).toBe(200);
    const open = connect({ host: '127.0.0.1', port, ca: readFileSync(old.cert) });
    await once(open, 'secureConnect');

    copyFileSync(renewed.cert, cert);
    expect(await nameShown(port, old.cert)).toBe('old');
    copyFileSync(renewed.key, key);
    expect(await nameShown(port, renewed.cert)).toBe('renewed');
    expect(await live(port, renewed.cert)).toBe(200);

    writeFileSync(key, 'no key');
    expect(await nameShown(port, renewed.cert)).toBe('renewed');
    // Who is connected already goes on.
    open.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [bytes] = (await once(open, 'data')) as [Buffer];
    expect(bytes.toString()).toContain('HTTP/1.1 200');
    open.destroy();

    // Other files, by a reload.
    writeFileSync(file, `serve:\n  tls: { cert: ${old.cert}, key: ${old.key} }\n`);
    await here.server.reload();
    expect(await nameShown(port, old.cert)).toBe('old');
    writeFileSync(file, '{}\n');
    await here.server.reload();
    expect(await nameShown(port, old.cert)).toBe('old');
  });
});
