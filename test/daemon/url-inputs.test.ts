import { createHash } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { addressFault, parseBlock } from '../../src/daemon/outward/index.ts';
import {
  fetchUrl,
  type FetchedUrl,
  type FetchPorts,
} from '../../src/daemon/url-inputs/fetch-url.ts';
import { admittedUrl, parseUrlRules } from '../../src/daemon/url-inputs/url-rules.ts';
import { systemClock } from '../../src/base/clock.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const refusal = (message: RegExp): unknown =>
  expect.objectContaining({
    code: 'url-refused',
    message: expect.stringMatching(message) as string,
  });
const failure = (message: RegExp): unknown =>
  expect.objectContaining({
    code: 'url-failed',
    message: expect.stringMatching(message) as string,
  });

test.each([
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:169.254.169.254',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1',
  '2002:7f00:1::',
  '2001:0:7f00:1::',
  '::127.0.0.1',
  '2001:db8::1',
  'localhost',
  '',
])('the address %s is not open to a fetch', (address) => {
  expect(addressFault(address, [])).toMatch(/./);
});

test.each(['93.184.216.34', '8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])(
  'the public address %s is open to a fetch',
  (address) => {
    expect(addressFault(address, [])).toBeUndefined();
  },
);

test('a network that is allowed by name opens itself and nothing beside it', () => {
  const allowed = ['10.20.0.0/16', 'fd00:1::/32', '127.0.0.1'].map((text) => parseBlock(text)!);
  for (const address of ['10.20.3.4', 'fd00:1:2::3', '127.0.0.1', '::ffff:10.20.3.4'])
    expect(addressFault(address, allowed), address).toBeUndefined();
  for (const address of ['10.21.0.1', 'fd00:2::1', '127.0.0.2', '169.254.169.254'])
    expect(addressFault(address, allowed), address).toMatch(/./);
});

test('no way of writing an address of a private network opens it', () => {
  const inBlock = (first: number, rest: fc.Arbitrary<number[]>): fc.Arbitrary<number[]> =>
    rest.map((bytes) => [first, ...bytes]);
  const byte = fc.nat(255);
  const three = fc.tuple(byte, byte, byte).map((bytes) => [...bytes]);
  const privates = fc.oneof(
    inBlock(10, three),
    inBlock(127, three),
    fc.tuple(byte, byte).map(([a, b]) => [192, 168, a, b]),
    fc.tuple(byte, byte).map(([a, b]) => [169, 254, a, b]),
  );
  fc.assert(
    fc.property(privates, (bytes) => {
      const dotted = bytes.join('.');
      const hex = bytes.map((value) => value.toString(16).padStart(2, '0')).join('');
      const pair = `${hex.slice(0, 4)}:${hex.slice(4)}`;
      const number = Number.parseInt(hex, 16);
      const octal = bytes.map((value) => `0${value.toString(8)}`).join('.');
      const hosts = [dotted, String(number), `0x${hex}`, octal, `[::ffff:${dotted}]`].map(
        (host) => new URL(`http://${host}/`).hostname,
      );
      const addresses = hosts.map((host) => host.replace(/^\[|\]$/g, ''));
      for (const address of [...addresses, `::ffff:${pair}`, `64:ff9b::${pair}`, `2002:${pair}::`])
        expect(addressFault(address, []), address).toMatch(/./);
    }),
  );
});

const RULES = parseUrlRules(['data.example.org', '*.example.com', 'http://intra:8080'], []);

test.each([
  'https://data.example.org/a.tif',
  'https://DATA.example.org:443/a.tif?sig=1#x',
  'https://a.b.example.com/',
  'http://intra:8080/x',
])('%s is on a host that is allowed', (url) => {
  expect(admittedUrl(url, RULES).href).toMatch(/^https?:/);
});

test.each([
  'http://data.example.org/a.tif',
  'https://data.example.org:8443/',
  'https://data.example.org.evil.net/',
  'https://data.example.org@evil.net/',
  'https://evil.net/data.example.org',
  'https://evil.net\\@data.example.org/',
  'https://example.com/',
  'https://badexample.com/',
  'http://intra/',
  'https://ada:pw@data.example.org/',
  'file:///etc/passwd',
  'ftp://data.example.org/',
  'gopher://data.example.org/',
  'data:text/plain,x',
  '//data.example.org/',
  'data.example.org',
  '',
  `https://data.example.org/${'x'.repeat(9000)}`,
])('a URL that is not of an allowed host is refused (%#)', (url) => {
  expect(() => admittedUrl(url, RULES)).toThrow(refusal(/./));
});

test('an error about a URL shows neither its query nor a password in it', () => {
  for (const url of ['https://evil.net/a?sig=hush', 'https://u:hush@data.example.org/'])
    expect(() => admittedUrl(url, RULES)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hush') as string }) as Error,
    );
});

test.each(['ftp://x', 'a b', 'example.org/path', '*', ''])('%j is no host to allow', (host) => {
  expect(() => parseUrlRules([host], [])).toThrow(/no host/);
});

interface Scene {
  readonly origin: string;
  readonly port: number;
  readonly folder: string;
  readonly fetch: (
    url: string,
    ports?: Partial<FetchPorts>,
    sha256?: string,
  ) => Promise<FetchedUrl>;
}

/** A real server on loopback; fetches may go to it by its name and address, unless the ports say otherwise. */
async function withServer(
  listener: RequestListener,
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  try {
    await play({
      origin,
      port,
      folder: folder.path,
      fetch: (url, ports = {}, sha256) =>
        fetchUrl(
          { url, path: join(folder.path, 'got'), sha256 },
          {
            rules: parseUrlRules([origin, `http://slides.test:${port}`], ['127.0.0.1']),
            clock: systemClock,
            signal: new AbortController().signal,
            bytesMax: 1_000_000,
            ...ports,
          },
        ),
    });
    expect((await readdir(folder.path)).filter((name) => name !== 'got')).toEqual([]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const naming = (...addresses: string[]): NonNullable<FetchPorts['resolve']> =>
  ((_name: string, _options: unknown, callback: (error: null, found: LookupAddress[]) => void) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as NonNullable<FetchPorts['resolve']>;

const CONTENT = Buffer.alloc(300_000, 'slide');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

test('a file is fetched whole, with its size and hash, by address or by name', () =>
  withServer(
    (request, response) => {
      expect(request.headers.cookie ?? request.headers.authorization).toBeUndefined();
      response.end(CONTENT);
    },
    async ({ origin, port, folder, fetch }) => {
      expect(await fetch(`${origin}/a`)).toEqual({ sizeBytes: 300_000, sha256: SHA256 });
      expect(await readFile(join(folder, 'got'))).toEqual(CONTENT);
      const resolve = naming('127.0.0.1');
      await fetch(`http://slides.test:${port}/a`, { resolve }, SHA256);
    },
  ));

test('loopback is refused by default, in whatever form it is written, and nobody is asked', () =>
  withServer(
    () => {
      throw new Error('was asked');
    },
    async ({ port, fetch }) => {
      const hosts = ['127.0.0.1', 'localhost', '[::1]', '127.0.0.2'].map(
        (host) => `http://${host}:${port}`,
      );
      const rules = parseUrlRules(hosts, []);
      for (const host of [
        '127.0.0.1',
        '2130706433',
        '0x7f000001',
        '0177.0.0.1',
        '127.1',
        '127.0.0.2',
      ])
        await expect(fetch(`http://${host}:${port}/`, { rules }), host).rejects.toEqual(
          refusal(/loopback/),
        );
      for (const host of ['localhost', '[::1]'])
        await expect(fetch(`http://${host}:${port}/`, { rules }), host).rejects.toEqual(
          refusal(/loopback/),
        );
    },
  ));

test('a name that leads to an address inside is refused, also when other answers are public', () =>
  withServer(
    () => {
      throw new Error('was asked');
    },
    async ({ port, fetch }) => {
      const rules = parseUrlRules([`http://slides.test:${port}`], []);
      const url = `http://slides.test:${port}/`;
      for (const address of ['127.0.0.1', '169.254.169.254', '::1', '::ffff:10.0.0.1', 'fd00::1'])
        for (const resolve of [naming(address), naming('93.184.216.34', address)])
          await expect(fetch(url, { rules, resolve }), address).rejects.toEqual(refusal(/address/));
    },
  ));

test('a name that changes its address between two connections is checked each time', () =>
  withServer(
    (_request, response) => {
      response.writeHead(302, { location: '/again' }).end();
    },
    async ({ port, fetch }) => {
      const answers = [naming('127.0.0.1'), naming('127.0.0.2')];
      const resolve = ((...args: Parameters<NonNullable<FetchPorts['resolve']>>) => {
        answers.shift()!(...args);
      }) as NonNullable<FetchPorts['resolve']>;
      await expect(fetch(`http://slides.test:${port}/`, { resolve })).rejects.toEqual(
        refusal(/127\.0\.0\.2 is a loopback/),
      );
    },
  ));

test.each([
  ['to another host', 'http://evil.test/', /not on a host/],
  ['to a cloud’s own address', 'http://169.254.169.254/latest/meta-data/', /not on a host/],
  ['to a file', 'file:///etc/passwd', /no http/],
  ['to another port', 'http://127.0.0.1:1/', /not on a host/],
  ['with a password', 'http://a:b@127.0.0.1/', /password/],
])('a redirect %s is refused', (_what, location, message) =>
  withServer(
    (_request, response) => {
      response.writeHead(302, { location }).end();
    },
    async ({ origin, fetch }) => {
      await expect(fetch(`${origin}/`)).rejects.toEqual(refusal(message));
    },
  ),
);

test('redirects are followed, and end', () => {
  let asked = 0;
  return withServer(
    (request, response) => {
      asked += 1;
      const left = Number(request.url?.slice(1));
      if (left > 0) response.writeHead(307, { location: `./${left - 1}` }).end();
      else response.end('there');
    },
    async ({ origin, fetch }) => {
      expect(await fetch(`${origin}/5`)).toMatchObject({ sizeBytes: 5 });
      asked = 0;
      await expect(fetch(`${origin}/50`)).rejects.toEqual(failure(/more than 5 times/));
      expect(asked).toBe(6);
    },
  );
});

test('a file that is too large is not kept, whether it says so or not', () =>
  withServer(
    (request, response) => {
      if (request.url === '/said') response.setHeader('content-length', CONTENT.length);
      response.write(CONTENT);
      response.end();
    },
    async ({ origin, folder, fetch }) => {
      for (const path of ['said', 'unsaid'])
        await expect(fetch(`${origin}/${path}`, { bytesMax: 299_999 })).rejects.toEqual(
          refusal(/more than the 299999 bytes/),
        );
      expect(await readdir(folder)).toEqual([]);
    },
  ));

test('a file with another hash than was said is not kept', () =>
  withServer(
    (_request, response) => {
      response.end('other');
    },
    async ({ origin, folder, fetch }) => {
      await expect(fetch(`${origin}/`, {}, SHA256)).rejects.toMatchObject({
        code: 'upload-mismatch',
        details: { wanted: SHA256 },
      });
      expect(await readdir(folder)).toEqual([]);
    },
  ));

test.each([
  ['an error', 503, {}, /answers 503/],
  ['a part', 206, {}, /answers 206/],
  ['a packed file', 200, { 'content-encoding': 'gzip' }, /encoded as gzip/],
])('%s is not the file that was asked for', (_what, status, headers, message) =>
  withServer(
    (_request, response) => {
      response.writeHead(status, headers as Record<string, string>).end('x');
    },
    async ({ origin, fetch }) => {
      await expect(fetch(`${origin}/?sig=hush`)).rejects.toEqual(failure(message));
    },
  ),
);

test('an answer that ends early is a failure, not a short file', () =>
  withServer(
    (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    },
    async ({ origin, folder, fetch }) => {
      await expect(fetch(`${origin}/`)).rejects.toEqual(failure(/./));
      expect(await readdir(folder)).toEqual([]);
    },
  ));

test('a fetch that takes too long ends, and so does one that is called off', () =>
  withServer(
    (_request, response) => {
      response.write('drip');
    },
    async ({ origin, fetch }) => {
      const clock = new ManualClock();
      const slow = fetch(`${origin}/`, { clock });
      await clock.untilAsleep();
      clock.advance(7_200_000);
      await expect(slow).rejects.toEqual(failure(/more than 120 minutes/));
      const reason = new Error('no longer wanted');
      await expect(fetch(`${origin}/`, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    },
  ));
