const BLOCK_BYTES = 65_536;
const HEADER_BYTES = 16;

/** What the probe's `log` and `fill` write, as apps/probe/README.md describes it. */
export function probeLog(bytes: number): Buffer {
  let lines = '';
  for (let line = 0; lines.length < BLOCK_BYTES; line += 1)
    lines += `${String(line).padStart(7, '0')} the quick brown fox jumps over the lazy dog, 0123456789\n`;
  const filler = lines.slice(0, BLOCK_BYTES - HEADER_BYTES);
  const content = Buffer.alloc(Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES);
  for (let at = 0; at < content.length; at += BLOCK_BYTES)
    content.write(`${String(at / BLOCK_BYTES).padStart(15, '0')}\n${filler}`, at, 'latin1');
  return content.subarray(0, bytes);
}

/** Any bytes as a TEXT of the probe: each as `\0377`. */
export const octalEscaped = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
