import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { progressOfLine } from '../../src/runner/progress-grammar.ts';
import { progressReader, type Progress } from '../../src/runner/progress.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What each chunk says that says something else than the one before. */
const readAll = (...chunks: (string | Uint8Array)[]): Progress[] => {
  const reader = progressReader();
  return chunks
    .map((chunk) =>
      reader.push({
        stream: 'stderr',
        bytes: typeof chunk === 'string' ? bytesOf(chunk) : chunk,
      }),
    )
    .filter((progress) => progress !== undefined)
    .filter((progress, at, all) => at === 0 || !isDeepStrictEqual(progress, all[at - 1]));
};
const percents = (...chunks: (string | Uint8Array)[]): number[] =>
  readAll(...chunks).map(({ percent }) => percent);

describe('a line that counts', () => {
  test.each<[string, Progress]>([
    [
      '[2024-05-02 10:00:01,123][INFO] Job (id:900) status update: "Detecting" (status: RUNNING, progress: 40%)',
      { percent: 40, message: 'Detecting', source: 'cytomine' },
    ],
    [
      '[INFO] status update: "50% of "it"" (status: SUCCESS/TERMINATED, progress: 100%)',
      { percent: 100, message: '50% of "it"', source: 'cytomine' },
    ],
    [
      'second half of a comment" (status: RUNNING, progress: 7.5%)',
      { percent: 7.5, source: 'cytomine' },
    ],
    ['::cyto-run progress=42', { percent: 42, source: 'marker' }],
    [
      '  ::cyto-run progress=42.25%::Segmenting tiles: 3 of 7',
      { percent: 42.3, message: 'Segmenting tiles: 3 of 7', source: 'marker' },
    ],
    [
      '\u001b[32m::cyto-run progress=1::ok\u001b[0m',
      { percent: 1, message: 'ok', source: 'marker' },
    ],
    [' 45%|████▌     | 45/100 [00:12<00:15,  3.60it/s]', { percent: 45, source: 'bar' }],
    [
      'Tiles (x): 100%|##########| 9/9 [00:01<00:00, 9.0it/s]',
      { percent: 100, message: 'Tiles (x)', source: 'bar' },
    ],
    ['  [####----]   50%  00:00:05', { percent: 50, source: 'bar' }],
    ['Downloading [=====>    ] 51.5 %', { percent: 51.5, message: 'Downloading', source: 'bar' }],
    [' 50% (50 of 100) |#####     | Elapsed Time: 0:00:01', { percent: 50, source: 'bar' }],
    ['file.zip 50%[=====>     ] eta 3s', { percent: 50, message: 'file.zip', source: 'bar' }],
    ['50% [=====>     ] eta 3s', { percent: 50, source: 'bar' }],
    [
      'Working... ━━━━━━━━╺━━━━━━━  45% 0:00:12',
      { percent: 45, message: 'Working...', source: 'bar' },
    ],
    ['\u001b[1mProgress: 45%\u001b[0m', { percent: 45, source: 'bar' }],
    ['[INFO] progress = 45.5 % (tile 3)', { percent: 45.5, message: 'tile 3)', source: 'bar' }],
    ['2024-01-01 INFO: 30 % done', { percent: 30, source: 'bar' }],
    ['INFO:root:Progress: 30%', { percent: 30, source: 'bar' }],
    ['2024-01-01 10:00 - main - INFO - 31% complete.', { percent: 31, source: 'bar' }],
    ['0%', { percent: 0, source: 'bar' }],
  ])('%j', (line, progress) => {
    expect(progressOfLine(line)).toEqual(progress);
  });
});

describe('a line that does not count', () => {
  test.each([
    'tissue covers 45% of the slide',
    'accuracy: 45%',
    'discarded 12 % done by hand',
    'we made progress: 45% of the cells are round',
    'Loss 0.3, 45% done, 20% left',
    '145%|████| 145/100',
    '101%',
    'a 12% b 45%|███|',
    '::cyto-run progress=110',
    '::cyto-run progress=half::way',
    '::cyto-run 45%',
    'see ::cyto-run progress=42',
    'Job status update: "x" (status: RUNNING, progress: None%)',
    'v1.45%|pipe',
    '',
  ])('%j', (line) => {
    expect(progressOfLine(line)).toBeUndefined();
  });
});

describe('what a stream says', () => {
  test('a bar redrawn by carriage returns counts at each new value, the unfinished last one too', () => {
    const bar = (n: number): string =>
      `\rTiles: ${String(n).padStart(3)}%|█▌  | ${n}/100 [00:01<00:15]`;
    expect(percents(bar(1), bar(2), bar(2), bar(99))).toEqual([1, 2, 99]);
  });

  test("tqdm's bar below another one is not taken for the whole", () => {
    const outer = (n: number): string => `\rOuter: ${n}%|█▌  | ${n}/100 [00:01]`;
    const inner = (n: number): string => `\n\rInner: ${n}%|█▌  | ${n}/100 [00:01]\u001b[A`;
    const printed = [outer(10), inner(0), inner(50), inner(100), outer(20), inner(0), outer(30)];
    expect(percents(printed.join(''))).toEqual([30]);
    expect(percents(...printed)).toEqual([10, 20, 30]);
  });

  test('streams do not run into each other', () => {
    const reader = progressReader();
    const push = (stream: 'stdout' | 'stderr', text: string): Progress | undefined =>
      reader.push({ stream, bytes: bytesOf(text) });
    expect(push('stdout', '::cyto-run pro')).toBeUndefined();
    expect(push('stderr', 'gress=3\nnoise')).toBeUndefined();
    expect(push('stdout', 'gress=4::half\n')).toEqual({
      percent: 4,
      message: 'half',
      source: 'marker',
    });
  });

  test('bytes that are not UTF-8 are no obstacle', () => {
    expect(
      percents(Uint8Array.of(0xff, 0xfe, 0x0a, 0xc3), '\n50%\n', Uint8Array.of(0xe2, 0x0a)),
    ).toEqual([50]);
  });

  test('control characters do not reach the message', () => {
    expect(readAll('::cyto-run progress=1::a\u0007b\u001b]0;title\u0007c\tmessage\n')).toEqual([
      { percent: 1, message: 'a bc message', source: 'marker' },
    ]);
  });

  test('a line without end is kept only so far, and the lines after it are read', () => {
    const flood = new Uint8Array(1_048_576).fill(0x78);
    const reader = progressReader();
    for (let megabyte = 0; megabyte < 64; megabyte += 1)
      expect(reader.push({ stream: 'stdout', bytes: flood })).toBeUndefined();
    expect(reader.push({ stream: 'stdout', bytes: bytesOf('\n12%\n') })).toEqual({
      percent: 12,
      source: 'bar',
    });
  });

  test('hostile lines are read in time that grows with their length', () => {
    const started = process.cpuUsage();
    for (const filler of [' ', '-', ']: ', '" (status: ', ' status update: "', '\u2588', '[', '1'])
      for (const end of ['%', '%|', ', progress: 5%', '5% x'])
        progressOfLine(
          filler.repeat(Math.floor(LIMITS.progressLineBytesMax / filler.length)) + end,
        );
    // Where the time grew with the square it would be minutes; the processor's, for others may be at work.
    expect(process.cpuUsage(started).user).toBeLessThan(20_000_000);
  });
});

describe('chunks', () => {
  const pieces = fc.constantFrom(
    '\n', '\r', '\r\n', '%', '%|', '5', '45%|██| 45/100', '::cyto-run progress=4', '::x', ' ',
    '\u001b[A', '\u001b[3', 'mé', ' a', '.', ' done', ' of', 'INFO ', ']', '[INFO] x status update: "é" (status: RUNNING, progress: 3%)\n',
    '\n\rI: 7%|#|\u001b[A', 'Progress: 9%', '\u001b]0;', '::cyto-run progress=9::done\n',
    ',', '|', '[###]', '(', ')', ':', '=', 's: 12%', '\t', '-', '━━━━', '\u009b1m', ' 33% ', '\u001b[1m', 'progress =', '\u00a0',
  ); // prettier-ignore

  test('how the bytes are cut changes nothing about the newest', () => {
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 24 }),
        fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 40 }),
        (texts, sizes) => {
          const bytes = bytesOf(texts.join(''));
          const chunks: Uint8Array[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = (sizes[turn % sizes.length] ?? 0) + 1;
            chunks.push(bytes.slice(at, at + size));
            at += size;
          }
          expect(readAll(...chunks).at(-1)).toEqual(readAll(bytes).at(-1));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test('what is not decoded says nothing: cut into bytes, when each line is decoded, it is the same', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (texts) => {
        const bytes = bytesOf(`\n${texts.join('')}\n`);
        const each = Array.from(bytes, (byte) => Uint8Array.of(byte));
        expect(readAll(bytes).at(-1)).toEqual(readAll(...each).at(-1));
      }),
      { numRuns: 5_000 },
    );
  });

  test('a bar drawn a thousand times is read as fast as it comes', () => {
    const bar = bytesOf('\rTiles:  45%|####      | 45/100 [00:12<00:15,  3.60it/s]'.repeat(1_000));
    const reader = progressReader();
    const began = process.cpuUsage();
    for (let turn = 0; turn < 1_000; turn += 1) reader.push({ stream: 'stderr', bytes: bar });
    const megabytesASecond = bar.length / 1e3 / (process.cpuUsage(began).user / 1e6);
    expect(megabytesASecond).toBeGreaterThan(20);
  });

  test('a chunk whose memory is used again does no harm', () => {
    const reader = progressReader();
    const shared = bytesOf('::cyto-run progress=4');
    expect(reader.push({ stream: 'stdout', bytes: shared })).toBeUndefined();
    shared.fill(0x78);
    expect(reader.push({ stream: 'stdout', bytes: bytesOf('2\n') })).toMatchObject({ percent: 42 });
  });
});
