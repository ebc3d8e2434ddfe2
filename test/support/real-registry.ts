import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's docker-registry (CNCF distribution) on loopback, with a storage of its own. */
export interface RealRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Runs skopeo with what this registry needs; throws with its words when it fails. */
  copy(from: string, to: string, options?: readonly string[]): void;
}

/** Who may enter a private one: ann, with the password `s3:cret`. */
export const ANN = { username: 'ann', password: 's3:cret' } as const;
/** Of that password, by bcrypt, the only hash the registry takes. */
const ANN_HTPASSWD = 'ann:$2y$04$u6OUdQgw08FePq.96bk2meyYnSZYTHPRMxqzHPSRg37gXVdSa.z9y';

const READY_MS = 120_000;

/** Serves until disposed. */
export async function realRegistry(options: { private?: true } = {}): Promise<RealRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'cyto-run-registry-'));
  const port = await freePort();
  const host = `127.0.0.1:${String(port)}`;
  const htpasswd = join(folder, 'htpasswd');
  await writeFile(htpasswd, `${ANN_HTPASSWD}\n`);
  const auth = `auth: {htpasswd: {realm: test, path: ${JSON.stringify(htpasswd)}}}\n`;
  await writeFile(
    join(folder, 'config.yml'),
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${JSON.stringify(join(folder, 'data'))}}}\n` +
      `http: {addr: "${host}"}\n${options.private === true ? auth : ''}`,
  );
  const server = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
    stdio: 'ignore',
  });
  const gone = new Promise<never>((_resolve, reject) => {
    server.on('exit', (code) => {
      reject(new Error(`docker-registry ended with ${String(code)}`));
    });
  });
  gone.catch(() => undefined);
  await Promise.race([gone, answering(`http://${host}/v2/`)]);
  const login = options.private === true ? [`--dest-creds=${ANN.username}:${ANN.password}`] : [];
  return {
    host,
    copy: (from, to, more = []) => {
      const all = ['copy', '--quiet', '--dest-tls-verify=false', ...login, ...more, from, to];
      const { status, stderr } = spawnSync('skopeo', all, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until there is an answer, whatever it is. */
async function answering(url: string): Promise<void> {
  const late = performance.now() + READY_MS;
  while (performance.now() < late) {
    const answer = await new Promise<IncomingMessage | undefined>((resolve) => {
      get(url, resolve).on('error', () => {
        resolve(undefined);
      });
    });
    answer?.resume();
    if (answer !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`docker-registry does not answer at ${url}`);
}
