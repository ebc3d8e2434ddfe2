import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { supervisorScript } from '../../../src/container/supervised/script.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const scriptIn = (folder: string, argv: readonly string[], workingDirectory = '/'): string =>
  supervisorScript({ folder, argv, environment: {}, workingDirectory, cgroup: undefined });

/** Has a shell run a script, in a session of its own; gives its exit code and signal. */
function supervise(script: string): Promise<unknown[]> {
  const shell = spawn('/bin/sh', ['-s'], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.stdin.end(script);
  return once(shell, 'exit');
}

test('a program that is over before its watcher has done anything has its end written down', async () => {
  // Between the birth of the watcher and its end is nothing here: the least that a program can take.
  const atOnce = 'program() { :; }\nkill_rest() { :; }\nsupervise\n';
  for (let turn = 0; turn < 20; turn += 1) {
    await using folder = await temporaryFolder();
    const script = scriptIn(folder.path, ['true']).replace(/supervise\n$/, atOnce);
    expect(await supervise(script)).toEqual([0, null]);
    expect(await readFile(join(folder.path, 'exit'), 'utf8')).toContain('exit-code=0\n');
  }
});

test('who signals all of a job loses neither the last words of its program nor its end', async () => {
  await using folder = await temporaryFolder();
  // Its output is kept by then; and the whole process group, as a machine that shuts down does.
  const program = `trap 'echo last words; exit 3' TERM
    echo first | tee /dev/stderr
    until [ -s stdout ] && [ -s stderr ]; do sleep 0.02; done
    kill -TERM 0; echo not reached`;
  const script = scriptIn(folder.path, ['/bin/sh', '-c', program], folder.path);
  expect(await supervise(script)).toEqual([0, null]);
  expect(await readFile(join(folder.path, 'stdout'), 'utf8')).toBe('first\nlast words\n');
  expect(await readFile(join(folder.path, 'exit'), 'utf8')).toContain('exit-code=3\n');
});
