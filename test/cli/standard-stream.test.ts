import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../support/temporary-folder.ts';

const LINES = 20_000;
/** A megabyte in many writes, more than any pipe holds. */
const WRITES = `
  import { standardStream } from ${JSON.stringify(resolve('src/cli/standard-stream.ts'))};
  const { write, isTerminal } = standardStream(1);
  for (let line = 0; line < ${LINES}; line += 1) write('line ' + String(line).padStart(6) + ' grün'.repeat(7) + '\\n');
  standardStream(2).write('done ' + isTerminal);`;
const EXPECTED = Array.from(
  { length: LINES },
  (_, line) => `line ${String(line).padStart(6)}${' grün'.repeat(7)}\n`,
).join('');

const writer = (stdout: 'pipe' | number) =>
  spawn(process.execPath, ['--input-type=module-typescript', '--eval', WRITES], {
    stdio: ['ignore', stdout, 'pipe'],
  });

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

test('a file gets every byte in order', async () => {
  await using folder = await temporaryFolder('cyto-run ');
  const path = join(folder.path, 'out');
  const fd = openSync(path, 'w');
  const child = writer(fd);
  closeSync(fd);
  expect(await textOf(child.stderr as AsyncIterable<Buffer>)).toBe('done false');
  expect(readFileSync(path, 'utf8')).toBe(EXPECTED);
});

test('a pipe whose end does not block gets every byte in order', async () => {
  await using folder = await temporaryFolder('cyto-run ');
  const path = join(folder.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const child = writer(fd);
  const reading = textOf(createReadStream(path));
  // The writing end stays open until the program has gone, so that the reader sees no early end.
  await once(child, 'close');
  closeSync(fd);
  expect(await reading).toBe(EXPECTED);
});

test('a reader that goes away ends neither the program nor its story', async () => {
  const child = writer('pipe');
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await textOf(child.stderr as AsyncIterable<Buffer>)).toBe('done false');
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
});
