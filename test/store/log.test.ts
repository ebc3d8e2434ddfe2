import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LIMITS } from '../../src/base/limits.ts';
import type { EventBody } from '../../src/runner/index.ts';
import { openStore, type LogChunk, type LogQuery, type RunStore } from '../../src/store/index.ts';
import { startProgram } from '../support/child-program.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createdFacts } from '../support/run-values.ts';
import { testOnSmallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const RUN = 'run-1';
type Stream = 'stdout' | 'stderr';
type Piece = readonly [Stream, Uint8Array];

async function storeWithRun() {
  const folder = await temporaryFolder();
  const clock = new ManualClock();
  const store = openStore({ folder: folder.path, clock });
  store.create(RUN, createdFacts());
  return {
    store,
    clock,
    folder: folder.path,
    logs: join(folder.path, 'runs', RUN, 'logs'),
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const text = (...pieces: [Stream, string][]): Piece[] =>
  pieces.map(([stream, words]) => [stream, Buffer.from(words)]);

async function write(store: RunStore, pieces: readonly Piece[], runId = RUN): Promise<void> {
  await using log = store.openLog(runId);
  for (const [stream, bytes] of pieces) await log.write({ stream, bytes });
}

async function chunksOf(chunks: AsyncIterable<LogChunk>): Promise<LogChunk[]> {
  const all: LogChunk[] = [];
  for await (const chunk of chunks) all.push({ ...chunk, bytes: Buffer.from(chunk.bytes) });
  return all;
}

const joined = (chunks: readonly { bytes: Uint8Array }[]): string =>
  Buffer.concat(chunks.map(({ bytes }) => bytes)).toString('latin1');

const read = async (store: RunStore, query: LogQuery, runId = RUN): Promise<string> =>
  joined(await chunksOf(store.readLog(runId, query)));

/** What was written, as one string, of one stream or both in order. */
const written = (pieces: readonly Piece[], stream: Stream | 'both'): string =>
  joined(
    pieces.filter(([of]) => stream === 'both' || of === stream).map(([, bytes]) => ({ bytes })),
  );

const end = (store: RunStore): void => {
  const states = ['INITIALIZING', 'RUNNING', 'COMPLETE'] as const;
  store.append(
    RUN,
    states.map((state): EventBody => ({ type: 'state', state })),
  );
};

const STREAMS = ['stdout', 'stderr', 'both'] as const;
const anyPieces = fc.array(
  fc.tuple(
    fc.constantFrom<Stream>('stdout', 'stderr'),
    fc.oneof(
      { weight: 9, arbitrary: fc.uint8Array({ maxLength: 12 }) },
      // Larger than a batch, so that it takes the other way to the file.
      fc.nat(200_000).map((length) => new Uint8Array(length).fill(length)),
    ),
  ),
  { maxLength: 30 },
);

test('whatever an app writes is read back exactly, each stream and both in order', async () => {
  await using at = await storeWithRun();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(anyPieces, async (pieces) => {
      const runId = `run-x${String((count += 1))}`;
      at.store.create(runId, createdFacts());
      await write(at.store, pieces, runId);
      for (const stream of STREAMS)
        expect(await read(at.store, { stream }, runId)).toBe(written(pieces, stream));
    }),
    { numRuns: 40 },
  );
});

test('a log goes on behind what it holds, and any offset can be resumed from', async () => {
  await using at = await storeWithRun();
  const first = text(['stdout', 'one\n'], ['stderr', 'ERR'], ['stdout', 'tw']);
  await write(at.store, first);
  {
    await using log = at.store.openLog(RUN);
    expect(log.offsets).toEqual({ stdout: 6, stderr: 3 });
    await log.write({ stream: 'stdout', bytes: Buffer.from('o\n') });
    expect(log.offsets).toEqual({ stdout: 8, stderr: 3 });
  }
  expect(await read(at.store, { stream: 'both' })).toBe('one\nERRtwo\n');
  for (let from = 0; from <= 9; from += 1)
    expect(await read(at.store, { stream: 'stdout', from: { stdout: from } })).toBe(
      'one\ntwo\n'.slice(from),
    );
  expect(await read(at.store, { stream: 'both', from: { stdout: 5, stderr: 1 } })).toBe('RRwo\n');
});

test('each chunk says where it lies in its stream and when it came', async () => {
  await using at = await storeWithRun();
  {
    await using log = at.store.openLog(RUN);
    await log.write({ stream: 'stdout', bytes: Buffer.from('ab') });
    at.clock.advance(1000);
    await log.write({ stream: 'stderr', bytes: Buffer.from('X') });
    await log.write({ stream: 'stdout', bytes: Buffer.from('c') });
  }
  expect(
    (await chunksOf(at.store.readLog(RUN, { stream: 'both' }))).map(
      ({ stream, offset, at: time, bytes }) => [stream, offset, time?.slice(17), String(bytes)],
    ),
  ).toEqual([
    ['stdout', 0, '00.000Z', 'ab'],
    ['stderr', 0, '01.000Z', 'X'],
    ['stdout', 2, '01.000Z', 'c'],
  ]);
});

test('the last bytes of a log are those that came last, of one stream or of both', async () => {
  await using at = await storeWithRun();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(anyPieces, fc.nat(60), async (pieces, tailBytes) => {
      const runId = `run-x${String((count += 1))}`;
      at.store.create(runId, createdFacts());
      await write(at.store, pieces, runId);
      for (const stream of STREAMS) {
        const all = written(pieces, stream);
        expect(await read(at.store, { stream, tailBytes }, runId)).toBe(
          all.slice(Math.max(0, all.length - tailBytes)),
        );
      }
    }),
    { numRuns: 40 },
  );
});

test('a caller may use its buffer again as soon as it may write again', async () => {
  await using at = await storeWithRun();
  const buffer = Buffer.alloc(3);
  {
    await using log = at.store.openLog(RUN);
    for (const words of ['abc', 'def']) {
      buffer.write(words);
      await log.write({ stream: 'stdout', bytes: buffer });
    }
    buffer.fill('x');
  }
  expect(await read(at.store, { stream: 'stdout' })).toBe('abcdef');
});

test('the tail is the end of stderr, or of stdout when stderr is empty, cut at a whole character', async () => {
  await using at = await storeWithRun();
  await using log = at.store.openLog(RUN);
  expect(await log.tail()).toBe('');
  await log.write({
    stream: 'stdout',
    bytes: Buffer.from('é'.repeat(LIMITS.stderrTailBytesMax) + '!'),
  });
  const tail = await log.tail();
  expect(tail.startsWith('é')).toBe(true);
  expect(Buffer.byteLength(tail)).toBe(LIMITS.stderrTailBytesMax - 1);
  await log.write({ stream: 'stderr', bytes: Buffer.from('ValueError: no\n') });
  expect(await log.tail()).toBe('ValueError: no\n');
});

test('an index cut anywhere by a crash is mended, and no byte is lost or told twice', async () => {
  await using at = await storeWithRun();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      anyPieces,
      anyPieces,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom('', '\0\0\0', 'o 12', 'o 99999 -\n', 'o x -\n'),
      async (before, after, part, garbage) => {
        const runId = `run-x${String((count += 1))}`;
        at.store.create(runId, createdFacts());
        await write(at.store, before, runId);
        const index = join(at.folder, 'runs', runId, 'logs', 'index');
        const whole = readFileSync(index, 'latin1');
        const kept = Math.floor(whole.length * part);
        truncateSync(index, kept);
        appendFileSync(index, garbage);

        for (const stream of ['stdout', 'stderr'] as const)
          expect(await read(at.store, { stream }, runId)).toBe(written(before, stream));
        await write(at.store, after, runId);
        for (const stream of ['stdout', 'stderr'] as const)
          expect(await read(at.store, { stream }, runId)).toBe(
            written(before, stream) + written(after, stream),
          );
        const both = await read(at.store, { stream: 'both' }, runId);
        expect(both.endsWith(written(after, 'both'))).toBe(true);
        expect(both).toHaveLength(written([...before, ...after], 'both').length);

        const mended = readFileSync(index, 'latin1');
        const lines = whole.slice(0, kept).split('\n').slice(0, -1);
        expect(mended.split('\n').slice(0, lines.length)).toEqual(lines);
        expect(mended).toMatch(/^([oe] \d+ \S+\n)*$/);
      },
    ),
    { numRuns: 60 },
  );
});

test('bytes whose time and order a crash has taken are read last, without a time', async () => {
  await using at = await storeWithRun();
  await write(at.store, text(['stderr', 'first'], ['stdout', 'second']));
  const index = join(at.logs, 'index');
  truncateSync(index, statSync(index).size - 3);
  writeFileSync(join(at.logs, 'stderr'), 'first!');
  const chunks = await chunksOf(at.store.readLog(RUN, { stream: 'both' }));
  expect(chunks.map((chunk) => [String(chunk.bytes), chunk.at?.slice(0, 4)])).toEqual([
    ['first', '2026'],
    ['second', undefined],
    ['!', undefined],
  ]);
  await write(at.store, []);
  expect(readFileSync(index, 'latin1')).toBe('e 5 2026-03-01T10:00:00.000Z\no 6 -\ne 1 -\n');
});

test('a log whose index is gone, and a run without a log, are read', async () => {
  await using at = await storeWithRun();
  expect(await read(at.store, { stream: 'both' })).toBe('');
  await write(at.store, text(['stderr', 'e'], ['stdout', 'o']));
  await rm(join(at.logs, 'index'));
  expect(await read(at.store, { stream: 'both' })).toBe('oe');
  await expect(read(at.store, { stream: 'both' }, 'run-2')).rejects.toMatchObject({
    code: 'run-not-found',
  });
});

test('what was handed over before a process was killed is there', async () => {
  await using folder = await temporaryFolder();
  const program = await startProgram(folder.path, 'log', 'out\n', 'ERR\n', 'more\n');
  const runId = program.said.split(' ')[0] ?? '';
  expect(program.said).toContain('{"stdout":9,"stderr":4}');
  await program.kill();
  using store = openStore({ folder: folder.path, clock: new ManualClock() });
  expect(await read(store, { stream: 'both' }, runId)).toBe('out\nERR\nmore\n');
  expect(store.claim(runId)).toBe(true);
  await using log = store.openLog(runId);
  expect(log.offsets).toEqual({ stdout: 9, stderr: 4 });
});

test('a log is written by one at a time, and not after it is closed', async () => {
  await using at = await storeWithRun();
  const log = at.store.openLog(RUN);
  expect(() => at.store.openLog(RUN)).toThrow(TypeError);
  await log[Symbol.asyncDispose]();
  await log[Symbol.asyncDispose]();
  await expect(log.write({ stream: 'stdout', bytes: Buffer.from('x') })).rejects.toThrow(TypeError);
  await at.store.openLog(RUN)[Symbol.asyncDispose]();
});

test('whoever hears of an event can read what the app wrote before it', async () => {
  await using at = await storeWithRun();
  await using log = at.store.openLog(RUN);
  void log.write({ stream: 'stdout', bytes: Buffer.from('before') });
  at.store.append(RUN, [{ type: 'state', state: 'INITIALIZING' }]);
  expect(readFileSync(join(at.logs, 'stdout'), 'utf8')).toBe('before');
});

test('a follower gets every byte as it comes, once and in order, and ends with the run', async () => {
  await using at = await storeWithRun();
  const pieces = text(
    ['stdout', 'a'],
    ['stderr', 'B'],
    ['stdout', 'c'.repeat(300_000)],
    ['stderr', 'D'],
  );
  const got: LogChunk[] = [];
  using follower = openStore({ folder: at.folder, clock: at.clock });
  const following = (async () => {
    for await (const chunk of follower.followLog(RUN, { stream: 'both' })) got.push(chunk);
  })();
  let length = 0;
  await using log = at.store.openLog(RUN);
  for (const [stream, bytes] of pieces) {
    await at.clock.untilAsleep();
    expect(joined(got)).toHaveLength(length);
    await log.write({ stream, bytes });
    expect(log.offsets[stream]).toBeGreaterThan(0);
    length += bytes.length;
    at.clock.advance(LIMITS.logFollowPollMs);
  }
  await at.clock.untilAsleep();
  expect(joined(got)).toBe(written(pieces, 'both'));
  void log.write({ stream: 'stdout', bytes: Buffer.from('last') });
  end(at.store);
  at.clock.advance(LIMITS.logFollowPollMs);
  await following;
  expect(joined(got)).toBe(`${written(pieces, 'both')}last`);
});

test('a follower is not led astray by a line of the index that a crash has torn', async () => {
  await using at = await storeWithRun();
  await write(at.store, text(['stdout', 'one']));
  await appendFile(join(at.logs, 'stdout'), 'two');
  await appendFile(join(at.logs, 'index'), 'o 3 2026-03-0');
  const got: LogChunk[] = [];
  const following = (async () => {
    for await (const chunk of at.store.followLog(RUN, { stream: 'both' })) got.push(chunk);
  })();
  await at.clock.untilAsleep();
  expect(joined(got)).toBe('one');
  await write(at.store, text(['stderr', 'three']));
  at.clock.advance(LIMITS.logFollowPollMs);
  await at.clock.untilAsleep();
  expect(joined(got)).toBe('onetwothree');
  end(at.store);
  at.clock.advance(LIMITS.logFollowPollMs);
  await following;
  expect(joined(got)).toBe('onetwothree');
});

test('a follower can begin at an offset or with the last bytes, and can be stopped', async () => {
  await using at = await storeWithRun();
  await write(at.store, text(['stdout', 'abc'], ['stderr', 'XYZ'], ['stdout', 'def']));
  for (const [query, expected] of [
    [{ stream: 'stdout', from: { stdout: 4 } }, 'ef'],
    [{ stream: 'both', tailBytes: 5 }, 'YZdef'],
  ] as const) {
    const stop = new AbortController();
    const got: LogChunk[] = [];
    const following = (async () => {
      for await (const chunk of at.store.followLog(RUN, query, stop.signal)) got.push(chunk);
    })();
    await at.clock.untilAsleep();
    stop.abort();
    await following;
    expect(joined(got)).toBe(expected);
  }
});

test('a follower that comes before the log, or while the run is already over, is served', async () => {
  await using at = await storeWithRun();
  const early = chunksOf(at.store.followLog(RUN, { stream: 'both' }));
  await at.clock.untilAsleep();
  await write(at.store, text(['stdout', 'hello']));
  end(at.store);
  at.clock.advance(LIMITS.logFollowPollMs);
  expect(joined(await early)).toBe('hello');
  expect(joined(await chunksOf(at.store.followLog(RUN, { stream: 'both' })))).toBe('hello');
});

testOnSmallDisk(
  'a log on a full disk says so, and what fitted is kept exactly',
  900_000,
  async (disk) => {
    using store = openStore({ folder: disk.path, clock: new ManualClock() });
    store.create(RUN, createdFacts());
    const block = Buffer.alloc(50_000, 'abcdefghij');
    const log = store.openLog(RUN);
    const fill = async (): Promise<void> => {
      for (let blocks = 0; blocks < 40; blocks += 1)
        await log.write({ stream: 'stdout', bytes: block });
    };
    const full = { code: 'disk-full', hint: expect.stringContaining('cyto-run rm') as string };
    await expect(fill()).rejects.toMatchObject(full);
    await expect(log.write({ stream: 'stderr', bytes: block })).rejects.toMatchObject(full);
    await expect(log[Symbol.asyncDispose]()).rejects.toMatchObject(full);

    const kept = await read(store, { stream: 'stdout' });
    expect(kept.length).toBeGreaterThan(50_000);
    expect(kept).toBe('abcdefghij'.repeat(kept.length / 10 + 1).slice(0, kept.length));
    expect(await read(store, { stream: 'stderr' })).toBe('');
  },
);
