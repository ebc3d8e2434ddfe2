import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import {
  fetchUrl,
  type FetchedUrl,
  type FetchPorts,
} from '../../src/daemon/url-inputs/fetch-url.ts';
import { strongValidator, totalOfRest } from '../../src/daemon/url-inputs/resumption.ts';
import { parseUrlRules } from '../../src/daemon/url-inputs/url-rules.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const BYTES = Buffer.from(Array.from({ length: 60_000 }, (_, at) => `${at} `).join(''));
const OTHER = Buffer.alloc(BYTES.length, 'another file');
const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const LONG_AGO = 'Mon, 02 Mar 2026 10:00:00 GMT';

/** What a host does with one request; `arrived` resolves when the fetch has so many bytes of the file. */
type Turn = (
  request: IncomingMessage,
  response: ServerResponse,
  arrived: (bytes: number) => Promise<void>,
) => void;

interface Scene {
  /** Range and If-Range of each request. */
  readonly asked: readonly (readonly [string | undefined, string | undefined])[];
  /** How long was waited before further requests, in ms. */
  readonly pauses: readonly number[];
  readonly fetch: (ports?: Partial<FetchPorts>, sha256?: string) => Promise<FetchedUrl>;
  readonly bytes: () => Promise<Buffer>;
}

/** A real host that takes these turns, the last of them for good; nothing half fetched may be left. */
async function withHost(turns: readonly Turn[], play: (scene: Scene) => Promise<void>) {
  await using folder = await temporaryFolder();
  const asked: [string | undefined, string | undefined][] = [];
  const pauses: number[] = [];
  let onProgress: (receivedBytes: number) => void = () => undefined;
  const arrived = (bytes: number): Promise<void> =>
    new Promise((resolve) => {
      onProgress = (receivedBytes) => {
        if (receivedBytes >= bytes) resolve();
      };
    });
  const server = createServer((request, response) => {
    const turn = turns[asked.length] ?? turns.at(-1);
    asked.push([request.headers.range, request.headers['if-range'] as string | undefined]);
    turn?.(request, response, arrived);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const path = join(folder.path, 'got');
  try {
    await play({
      asked,
      pauses,
      bytes: () => readFile(path),
      fetch: (ports = {}, sha256) =>
        fetchUrl(
          { url: `${origin}/slide.tif?sig=hush`, path, sha256 },
          {
            rules: parseUrlRules([origin], ['127.0.0.1']),
            clock: {
              ...systemClock,
              sleep: (ms) => {
                pauses.push(ms);
                return Promise.resolve();
              },
            },
            signal: new AbortController().signal,
            bytesMax: 1_000_000,
            onProgress: ({ receivedBytes }) => {
              onProgress(receivedBytes);
            },
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

/** The file, or the part of it that is asked for, as a server that knows its trade gives it; up to a byte, then nothing. */
const gives =
  (bytes: Buffer, headers: Record<string, string>, upTo = bytes.length): Turn =>
  (request, response, arrived) => {
    const validator = headers['etag'] ?? headers['last-modified'];
    const isSame = request.headers['if-range'] === validator;
    const from = isSame ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    if (from > 0)
      response.setHeader('content-range', `bytes ${from}-${bytes.length - 1}/${bytes.length}`);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from, ...headers });
    if (upTo === bytes.length) response.end(bytes.subarray(from));
    else if (upTo <= from) response.destroy();
    else breaksOff(response, bytes.subarray(from, upTo), arrived(upTo));
  };

function breaksOff(response: ServerResponse, bytes: Buffer | string, arrived: Promise<void>): void {
  response.write(bytes);
  void arrived.then(() => response.destroy());
}

const answers =
  (status: number, headers: Record<string, string> = {}, body: Buffer | string = ''): Turn =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

const TAG = { etag: '"v1"' };

test('what breaks off is gone on with behind its last byte, however often, and is the same file', () =>
  withHost(
    [
      gives(BYTES, TAG, 100_000),
      gives(BYTES, TAG, 100_001),
      gives(BYTES, TAG, 250_000),
      gives(BYTES, TAG),
    ],
    async ({ asked, pauses, fetch, bytes }) => {
      expect(await fetch({}, sha256Of(BYTES))).toEqual({
        sizeBytes: BYTES.length,
        sha256: sha256Of(BYTES),
      });
      expect((await bytes()).equals(BYTES)).toBe(true);
      expect(asked).toEqual([
        [undefined, undefined],
        ['bytes=100000-', '"v1"'],
        ['bytes=100001-', '"v1"'],
        ['bytes=250000-', '"v1"'],
      ]);
      expect(pauses).toEqual([1_000, 1_000, 1_000]);
    },
  ));

test('a server that gives less than the rest is asked for what is missing', () => {
  const piece: Turn = (request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0]);
    const end = Math.min(from + 99_999, BYTES.length - 1);
    response.writeHead(206, { 'content-range': `bytes ${from}-${end}/${BYTES.length}`, ...TAG });
    response.end(BYTES.subarray(from, end + 1));
  };
  return withHost([gives(BYTES, TAG, 10), piece], async ({ fetch, bytes }) => {
    await fetch();
    expect((await bytes()).equals(BYTES)).toBe(true);
  });
});

test('a file of no known length goes on too, and its length is learnt then', () => {
  const unsaid: Turn = (_request, response, arrived) => {
    response.writeHead(200, TAG);
    breaksOff(response, BYTES.subarray(0, 5_000), arrived(5_000));
  };
  return withHost(
    [unsaid, gives(BYTES, TAG, 6_000), gives(BYTES, TAG)],
    async ({ fetch, bytes }) => {
      await fetch();
      expect((await bytes()).equals(BYTES)).toBe(true);
    },
  );
});

test('the time of the last change will do where there is no tag', () =>
  withHost(
    [gives(BYTES, { 'last-modified': LONG_AGO }, 7), gives(BYTES, { 'last-modified': LONG_AGO })],
    async ({ asked, fetch, bytes }) => {
      await fetch();
      expect(asked[1]).toEqual(['bytes=7-', LONG_AGO]);
      expect((await bytes()).equals(BYTES)).toBe(true);
    },
  ));

const part = (from: number, more: Record<string, string>): Turn =>
  answers(
    206,
    { 'content-range': `bytes ${from}-${OTHER.length - 1}/${OTHER.length}`, ...more },
    OTHER.subarray(from),
  );

test.each<[string, Turn[], number]>([
  ['is answered whole', [gives(OTHER, { etag: '"v2"' })], 2],
  ['is answered whole by a server that knows no parts', [answers(200, {}, OTHER)], 2],
  [
    'is answered in part by a server that knows no If-Range',
    [part(50_000, { etag: '"v2"' }), answers(200, {}, OTHER)],
    3,
  ],
  [
    'is answered with another part than was asked for',
    [part(49_999, TAG), answers(200, {}, OTHER)],
    3,
  ],
  [
    'has become shorter',
    [answers(416, { 'content-range': 'bytes */3' }), answers(200, {}, OTHER)],
    3,
  ],
  [
    'comes in several parts at once',
    [
      answers(206, { 'content-type': 'multipart/byteranges; boundary=x' }, 'x'),
      answers(200, {}, OTHER),
    ],
    3,
  ],
])(
  'a file that has changed meanwhile, and %s, is begun anew: nothing is mixed',
  (_what, turns, requests) =>
    withHost([gives(BYTES, TAG, 50_000), ...turns], async ({ asked, fetch, bytes }) => {
      expect(await fetch()).toEqual({ sizeBytes: OTHER.length, sha256: sha256Of(OTHER) });
      expect((await bytes()).equals(OTHER)).toBe(true);
      expect(asked[1]?.[0]).toBe('bytes=50000-');
      expect(asked).toHaveLength(requests);
    }),
);

test('a server that is away for a while is waited for, longer each time; an answer that will not change is not', async () => {
  const hangsUp: Turn = ({ socket }) => socket.destroy();
  await withHost(
    [gives(BYTES, TAG, 9), answers(503), hangsUp, answers(429), gives(BYTES, TAG)],
    async ({ pauses, fetch, bytes }) => {
      await fetch();
      expect((await bytes()).equals(BYTES)).toBe(true);
      expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000]);
    },
  );
  await withHost([gives(BYTES, TAG, 9), answers(403)], async ({ asked, fetch }) => {
    await expect(fetch()).rejects.toMatchObject({ code: 'url-failed', message: /answers 403/ });
    expect(asked).toHaveLength(2);
  });
});

test.each<[string, Turn, number]>([
  ['never gives a further byte', gives(BYTES, TAG, 9), 7],
  [
    'is another file each time',
    (request, response, arrived) => {
      const etag = `"${String(request.socket.remotePort)}"`;
      gives(BYTES, { etag }, 9)(request, response, arrived);
    },
    4,
  ],
  ['has a tag that is weak', gives(BYTES, { etag: 'W/"v1"', 'last-modified': LONG_AGO }, 9), 1],
  ['has nothing to know it by', gives(BYTES, {}, 9), 1],
  ['is given in no parts', gives(BYTES, { ...TAG, 'accept-ranges': 'none' }, 9), 1],
])('a file that breaks off and %s fails in the end', (_what, turn, requests) =>
  withHost([turn], async ({ asked, fetch }) => {
    await expect(fetch()).rejects.toMatchObject({ code: 'url-failed' });
    expect(asked).toHaveLength(requests);
  }),
);

test('what has been put together is checked: its hash, and its size as the rest tells it', async () => {
  await withHost([gives(BYTES, TAG, 9), part(9, TAG)], async ({ fetch }) => {
    const wanted = sha256Of(BYTES);
    await expect(fetch({}, wanted)).rejects.toMatchObject({ code: 'upload-mismatch' });
  });
  const huge = { 'content-range': 'bytes 9-99999999/100000000', ...TAG };
  const unsaid: Turn = (_request, response, arrived) => {
    response.writeHead(200, TAG);
    breaksOff(response, '123456789', arrived(9));
  };
  await withHost([unsaid, answers(206, huge, 'x')], async ({ fetch }) => {
    await expect(fetch()).rejects.toMatchObject({ code: 'url-refused' });
  });
});

test('a fetch that is called off while it waits to go on ends, and is asked for no more', () =>
  withHost([gives(BYTES, TAG, 9)], async ({ asked, fetch }) => {
    const canceled = new AbortController();
    const reason = new Error('no longer wanted');
    const clock = {
      ...systemClock,
      sleep: () => {
        canceled.abort(reason);
        return Promise.resolve();
      },
    };
    await expect(fetch({ clock, signal: canceled.signal })).rejects.toBe(reason);
    expect(asked).toHaveLength(1);
  }));

test('a time tells a file only when it was past, and a tag only when it is one', () => {
  const at = (seconds: number) => `Mon, 02 Mar 2026 10:00:0${seconds} GMT`;
  expect(strongValidator({ date: at(5), 'last-modified': at(4) })).toBe(at(4));
  expect(strongValidator({ date: at(5), 'last-modified': at(5) })).toBeUndefined();
  expect(strongValidator({ date: at(5), 'last-modified': at(6) })).toBeUndefined();
  expect(strongValidator({ date: 'x', 'last-modified': at(1) })).toBeUndefined();
  expect(strongValidator({ 'last-modified': at(1) })).toBeUndefined();
  for (const etag of ['v1', '"a"b"', '"', 'w/"a"', ''])
    expect(strongValidator({ etag, date: at(5), 'last-modified': at(1) }), etag).toBeUndefined();
});

test('an answer is the rest exactly when it begins where the beginning ends and is of as many bytes', () => {
  const bytes = fc.nat({ max: 20 });
  fc.assert(
    fc.property(bytes, bytes, bytes, fc.option(bytes), bytes, (start, end, total, known, here) => {
      const begun = {
        ...{ receivedBytes: here, validator: '"v1"' },
        ...(known === null ? {} : { totalBytes: known }),
      };
      const headers = { 'content-range': `bytes ${start}-${end}/${total}` };
      const fits =
        start === here && start <= end && end < total && (known === null || known === total);
      expect(totalOfRest({ statusCode: 206, headers }, begun)).toBe(fits ? total : undefined);
      expect(totalOfRest({ statusCode: 200, headers }, begun)).toBeUndefined();
    }),
  );
});

test('wherever and however often it breaks off, the file is whole in the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: BYTES.length - 1 }), { maxLength: 6 }),
      (cuts) =>
        withHost(
          [
            ...cuts.toSorted((one, other) => one - other).map((cut) => gives(BYTES, TAG, cut)),
            gives(BYTES, TAG),
          ],
          async ({ fetch }) => {
            expect((await fetch()).sha256).toBe(sha256Of(BYTES));
          },
        ),
    ),
    { numRuns: 15 },
  );
});
