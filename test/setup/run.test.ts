import { expect, test } from 'vitest';

import { lastLines, run } from '../../scripts/setup/run.js';

test('a command ends with its exit code and everything it said on either stream', async () => {
  const lines: string[] = [];
  const script = 'echo one; echo two >&2; printf three; exit 7';
  const result = await run('sh', ['-c', script], { onLine: (line) => lines.push(line) });
  expect(result).toMatchObject({ ok: false, code: 7 });
  expect(lines.toSorted()).toEqual(['one', 'three', 'two']);
});

test('a command that does not exist ends with 127, as in a shell', async () => {
  expect(await run('no-such-command-here', [])).toMatchObject({ ok: false, code: 127 });
});

test('a command that takes too long is ended', async () => {
  expect(await run('sleep', ['30'], { timeoutMs: 20 })).toMatchObject({ ok: false, code: 143 });
});

test('a command is ended when its caller loses patience', async () => {
  const signal = AbortSignal.timeout(20);
  expect(await run('sleep', ['30'], { stopWhen: signal })).toMatchObject({ code: 143 });
});

test('a daemon that keeps our pipe open does not make its starter seem to run for ever', async () => {
  const { ok, output } = await run('sh', ['-c', 'sleep 3600 & echo started $!']);
  process.kill(Number(output.replace('started ', '')));
  expect(ok).toBe(true);
});

test('a failure is told by the end of the output', () => {
  expect(lastLines('a\nb\nc\nd')).toBe('b / c / d');
});
