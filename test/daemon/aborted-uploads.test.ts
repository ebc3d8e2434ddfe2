import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

import { REQUEST_TIMES } from '../../src/daemon/http/request-times.ts';
import { serverHere, type ServerHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const FILE = randomBytes(400_000);
const SHA256 = createHash('sha256').update(FILE).digest('hex');
const TUS = { 'tus-resumable': '1.0.0' };
const BYTES = { 'content-type': 'application/offset+octet-stream' };
const UPLOADS = '/runner/v1/uploads';

type Headers = Readonly<Record<string, string>>;

/** A connection on which the head of a request was sent; its body is the test's business. */
class Sender {
  readonly socket: Socket;
  /** All that came until the connection was over. */
  readonly answer: Promise<string>;

  constructor({ server }: ServerHere, method: string, path: string, headers: Headers) {
    const { hostname, port } = new URL(server.url);
    this.socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let text = '';
    this.socket.on('data', (bytes) => (text += bytes.toString()));
    this.socket.on('error', () => undefined);
    this.answer = Promise.race([once(this.socket, 'end'), once(this.socket, 'close')]).then(() => {
      this.socket.destroy();
      return text;
    });
    const lines = Object.entries({ host: 'localhost', connection: 'close', ...TUS, ...headers });
    this.socket.write(
      [`${method} ${path} HTTP/1.1`, ...lines.map((line) => line.join(': ')), '', ''].join('\r\n'),
    );
  }
}

interface Begun {
  readonly path: string;
  readonly file: string;
}

const metadata = `filename ${Buffer.from('slide.tif').toString('base64')},sha256 ${Buffer.from(SHA256).toString('base64')}`;
const begin = { 'upload-length': String(FILE.length), 'upload-metadata': metadata };

async function begun(here: ServerHere, home: string): Promise<Begun> {
  const { status, headers } = await here.ask('POST', UPLOADS, { headers: { ...TUS, ...begin } });
  expect(status).toBe(201);
  const path = headers.get('location') ?? '';
  return { path, file: join(home, 'uploads', path.split('/').at(-1) ?? '', 'slide.tif') };
}

/** Sends a piece from an offset on, and says it has so many bytes. */
const patch = (here: ServerHere, path: string, offset: number, length: number): Sender =>
  new Sender(here, 'PATCH', path, {
    ...BYTES,
    'upload-offset': String(offset),
    'content-length': String(length),
  });

async function offsetOf(here: ServerHere, path: string): Promise<number> {
  const { status, headers } = await here.ask('HEAD', path, { headers: TUS });
  expect(status).toBe(200);
  return Number(headers.get('upload-offset'));
}

/** Until what was sent is on the disk: the server may have it in hand yet. */
const arrived = ({ file }: Begun, bytes: number): Promise<void> =>
  vi.waitFor(
    () => {
      expect(readFileSync(file).length).toBe(bytes);
    },
    { timeout: 60_000, interval: 10 },
  );

/** What is told is what is here, it is what was sent, nothing lies beside it; and it can be gone on with. */
async function expectResumable(here: ServerHere, home: string, upload: Begun): Promise<void> {
  const offset = await offsetOf(here, upload.path);
  const kept = readFileSync(upload.file);
  expect(offset).toBe(kept.length);
  expect(kept.equals(FILE.subarray(0, offset))).toBe(true);
  expect(readdirSync(join(home, 'uploads'), { recursive: true })).toHaveLength(2);
  const rest = FILE.subarray(offset);
  const answer = await here.ask('PATCH', upload.path, {
    headers: { ...TUS, ...BYTES, 'upload-offset': String(offset) },
    body: rest,
  });
  expect([answer.status, answer.text]).toEqual([204, '']);
  const { body } = await here.ask('GET', upload.path);
  expect(body).toMatchObject({ receivedBytes: FILE.length, sha256: SHA256 });
  expect(readFileSync(upload.file).equals(FILE)).toBe(true);
  expect(here.faults).toEqual([]);
}

test('a sender that dies in the midst of a piece goes on behind what has come', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path);
  const upload = await begun(here, home.path);
  const { socket } = patch(here, upload.path, 0, FILE.length);
  socket.write(FILE.subarray(0, 150_000));
  await arrived(upload, 150_000);
  socket.resetAndDestroy();
  await expectResumable(here, home.path, upload);
});

test('a sender that closes its half in the midst of a piece loses nothing that has come', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path);
  const upload = await begun(here, home.path);
  const { socket, answer } = patch(here, upload.path, 0, FILE.length);
  socket.end(FILE.subarray(0, 150_000));
  expect(await answer).not.toMatch(/^HTTP\/1.1 2/);
  await expectResumable(here, home.path, upload);
});

test('a piece that stops is given up, and what has come of it is kept', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path, {}, { ...REQUEST_TIMES, silenceMs: 400 });
  const upload = await begun(here, home.path);
  const { socket, answer } = patch(here, upload.path, 0, FILE.length);
  socket.write(FILE.subarray(0, 150_000));
  expect(await answer).toBe('');
  await expectResumable(here, home.path, upload);
});

test('more is said than is left of the file: refused before a byte of it is kept', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path);
  const upload = await begun(here, home.path);
  const { socket, answer } = patch(here, upload.path, 0, FILE.length + 1);
  socket.write(FILE);
  socket.write('x');
  expect(await answer).toMatch(/^HTTP\/1.1 4\d\d /);
  expect(await offsetOf(here, upload.path)).toBe(0);
  await expectResumable(here, home.path, upload);
});

test('more comes than the file has, its length unsaid: refused, and no byte beyond is kept', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path);
  const upload = await begun(here, home.path);
  const headers = { ...BYTES, 'upload-offset': '0', 'transfer-encoding': 'chunked' };
  const { socket, answer } = new Sender(here, 'PATCH', upload.path, headers);
  for (const bytes of [FILE.subarray(0, 300_000), FILE.subarray(300_000), FILE.subarray(0, 9)]) {
    socket.write(`${bytes.length.toString(16)}\r\n`);
    socket.write(bytes);
    socket.write('\r\n');
  }
  socket.write('0\r\n\r\n');
  expect(await answer).toMatch(/^HTTP\/1.1 4\d\d /);
  await expectResumable(here, home.path, upload);
});

test('what comes behind the length that was said is no part of the piece', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path);
  const upload = await begun(here, home.path);
  const { socket, answer } = patch(here, upload.path, 0, 100_000);
  socket.write(FILE.subarray(0, 150_000));
  // It is taken for a request, which it is none; whether that is told first is a matter of packets.
  expect(await answer).toMatch(/^HTTP\/1.1 (204|400) /);
  expect(await offsetOf(here, upload.path)).toBeLessThanOrEqual(100_000);
  await expectResumable(here, home.path, upload);
});

test('who dies while the first piece comes with the beginning leaves nothing', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path);
  const { socket } = new Sender(here, 'POST', UPLOADS, {
    ...begin,
    ...BYTES,
    'content-length': String(FILE.length),
  });
  socket.write(FILE.subarray(0, 150_000));
  const uploads = join(home.path, 'uploads');
  await vi.waitFor(
    () => {
      expect(readdirSync(uploads, { recursive: true })).toHaveLength(2);
    },
    { timeout: 60_000, interval: 10 },
  );
  socket.resetAndDestroy();
  await vi.waitFor(
    () => {
      expect(readdirSync(uploads)).toEqual([]);
    },
    { timeout: 60_000, interval: 10 },
  );
  expect((await here.ask('GET', UPLOADS)).body).toMatchObject([]);
  expect(here.faults).toEqual([]);
});

test('two senders of one upload: the bytes are those of the file, whoever was first', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path);
  const upload = await begun(here, home.path);
  const lost = patch(here, upload.path, 0, FILE.length);
  lost.socket.write(FILE.subarray(0, 150_000));
  await arrived(upload, 150_000);
  // Its sender believes it dead and goes on, while the server waits for the rest.
  await expectResumable(here, home.path, upload);
  lost.socket.write(randomBytes(FILE.length - 150_000));
  lost.socket.destroy();
  expect(readFileSync(upload.file).equals(FILE)).toBe(true);
});

test('whoever was not told where a file is that was sent at once finds it by its bytes; half of one is not kept', async () => {
  await using folder = await temporaryFolder();
  await using here = await serverHere(folder.path);
  const known = async (path = UPLOADS): Promise<readonly Listed[]> =>
    (await here.ask('GET', path)).body as readonly Listed[];
  const cut = async (length: number): Promise<void> => {
    const { socket, answer } = new Sender(here, 'POST', UPLOADS, {
      ...{ ...BYTES, ...begin, 'content-length': String(FILE.length) },
    });
    socket.write(FILE.subarray(0, length));
    await vi.waitFor(async () => {
      expect((await known())[0]?.receivedBytes).toBe(length);
    });
    socket.destroy();
    await answer;
  };
  await cut(200_000);
  await vi.waitFor(async () => {
    expect(await known()).toEqual([]);
  });
  await cut(FILE.length);
  const [found, ...others] = await known(`${UPLOADS}?sha256=${SHA256}`);
  expect(found).toMatchObject({ name: 'slide.tif', sha256: SHA256, receivedBytes: FILE.length });
  expect(others).toEqual([]);
});

interface Listed {
  readonly name: string;
  readonly receivedBytes: number;
}
