import fc from 'fast-check';
import { expect, test } from 'vitest';

import { FrameReader, outputOf } from '../../../src/container/docker/frames.ts';
import type { OutputChunk } from '../../../src/container/index.ts';

interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

const bytesOf = ({ type, payload }: Frame): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
};

const frames = fc.array(
  fc.record({
    type: fc.constantFrom(0, 1, 2),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 30 },
);

/** Where to cut the bytes, as parts of their length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

/** Neighbours of one stream put together: how the bytes are cut says nothing. */
function joined(chunks: readonly OutputChunk[]): { stream: string; text: string }[] {
  const runs: { stream: string; text: string }[] = [];
  for (const { stream, bytes } of chunks) {
    if (bytes.length === 0) continue;
    const text = Buffer.from(bytes).toString('latin1');
    const last = runs.at(-1);
    if (last?.stream === stream) last.text += text;
    else runs.push({ stream, text });
  }
  return runs;
}

test('however the stream is cut, the payload comes out whole and in order', () => {
  fc.assert(
    fc.property(frames, cuts, (sent, places) => {
      const reader = new FrameReader();
      const pieces = cutAt(Buffer.concat(sent.map(bytesOf)), places);
      const read = pieces.flatMap((piece) => reader.read(piece));
      reader.end();
      const expected = sent.map(({ type, payload }): OutputChunk => ({
        stream: type === 2 ? 'stderr' : 'stdout',
        bytes: payload,
      }));
      expect(joined(read)).toEqual(joined(expected));
    }),
    { numRuns: 500 },
  );
});

test('many small frames of one stream come out as one piece, so that small prints cost little', () => {
  const small = Array.from({ length: 500 }, () => bytesOf({ type: 1, payload: Buffer.from('x') }));
  expect(new FrameReader().read(Buffer.concat(small))).toEqual([
    { stream: 'stdout', bytes: Buffer.from('x'.repeat(500)) },
  ]);
});

test('one large frame is handed on as it comes, not gathered first', () => {
  const reader = new FrameReader();
  const frame = bytesOf({ type: 1, payload: Buffer.alloc(1_000_000) });
  expect(reader.read(frame.subarray(0, 1_008))[0]?.bytes).toHaveLength(1_000);
  expect(reader.read(frame.subarray(1_008, 1_010))[0]?.bytes).toHaveLength(2);
});

test('a stream that ends inside a frame is an engine that was lost', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), (length) => {
      const reader = new FrameReader();
      reader.read(bytesOf({ type: 1, payload: Buffer.from('hello') }).subarray(0, length));
      expect(() => {
        reader.end();
      }).toThrow(expect.objectContaining({ code: 'engine-lost' }));
    }),
  );
});

test('bytes that are no frames are refused instead of passed on as output', () => {
  expect(() => new FrameReader().read(Buffer.from('plain text of a terminal'))).toThrow(
    expect.objectContaining({ code: 'engine-lost' }),
  );
});

test("the engine's own error, sent as a frame, is told and not mixed into the output", () => {
  const reader = new FrameReader();
  const error = bytesOf({ type: 3, payload: Buffer.from('error from daemon in stream: oops') });
  expect(reader.read(error.subarray(0, 20))).toEqual([]);
  expect(() => reader.read(error.subarray(20))).toThrow(/oops/);
});

test('a reader that stops asking stops the stream', async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      sent += 1;
      yield bytesOf({ type: 1, payload: Buffer.alloc(10) });
    }
  }
  for await (const _ of outputOf(endless())) if (sent === 3) break;
  expect(sent).toBe(3);
});
