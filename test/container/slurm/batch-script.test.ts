import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { runScript } from '../../../src/container/slurm/batch-script.ts';
import { jobFiles, workFolder } from '../../../src/container/slurm/layout.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

interface Ended {
  /** Of the script itself: the app's. */
  readonly code: number | null;
  readonly stdout: string;
  /** The exit file. */
  readonly exit: string;
}

/** Runs a job's script as a node does, in a process group of its own; `tools` come before the machine's. */
async function runOnNode(
  app: string,
  tools: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  await using base = await temporaryFolder();
  const work = workFolder(base.path);
  const files = jobFiles(work, 'job');
  const bin = join(base.path, 'bin');
  for (const folder of [work.begun, work.ended, files.folder, bin])
    await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(tools)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const argv = ['/bin/sh', '-c', app];
  await writeFile(
    files.run,
    runScript({ files, argv, environment: {}, image: '/', program: 'app', needed: [] }),
  );
  await writeFile(files.ticket, '');
  const shell = spawn('/bin/sh', [files.run], {
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    detached: true,
    stdio: 'ignore',
  });
  const [code] = (await once(shell, 'exit')) as [number | null];
  const [stdout, exit] = await Promise.all(
    [files.stdout, files.ended].map((path) => readFile(path, 'utf8')),
  );
  return { code, stdout: stdout!, exit: exit! };
}

test('a wish to stop that comes while the app is being started reaches it', async () => {
  // Called after the script has looked whether it is to stop, and before there is an app.
  const mkfifo = 'kill -USR1 "$PPID"; PATH=${PATH#*:}; exec mkfifo "$@"';
  for (let turn = 0; turn < 10; turn += 1) {
    const { code, exit } = await runOnNode('exec sleep 600', { mkfifo });
    expect(code).toBe(143);
    expect(exit).toContain('\nasked=stop\n');
  }
});

test('a signal that comes as the app ends does not change its exit code', async () => {
  for (let turn = 0; turn < 20; turn += 1) {
    const { code, exit } = await runOnNode(`trap '' TERM; kill -USR1 "$PPID"; exit 7`);
    expect(code).toBe(7);
    expect(exit).toContain('exit-code=7\n');
  }
});

test('an app that no shell finds is told from a wait that is told twice', async () => {
  const { code } = await runOnNode(`trap '' TERM; kill -USR1 "$PPID"; exit 127`);
  expect(code).toBe(127);
});

test('who signals all of a job loses neither the last words of its app nor its end', async () => {
  // It hears of it twice: from the sender, and from the script that passes it on.
  const app = `trap 'trap "" TERM; echo last words; exit 3' TERM; kill -TERM 0; echo not reached`;
  expect(await runOnNode(app)).toMatchObject({
    code: 3,
    stdout: 'last words\n',
    exit: expect.stringMatching(/^exit-code=3\n(.*\n)*signaled=1\nfailed=\n/) as string,
  });
});
