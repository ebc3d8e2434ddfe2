import { execFile, spawn } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Installed } from './version.ts';

export interface SifBuild {
  readonly apptainer: Installed;
  /** As `apptainer build` takes it; paths relative to `folder`, so that no path can be misread. */
  readonly from: string;
  /** Relative to `folder`. */
  readonly to: string;
  readonly form: 'sif' | 'sandbox';
  /** Everything that is written on the way stays below it. */
  readonly folder: string;
  /** What the image is called in messages. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/**
 * Runs its arguments and ends with them. When whoever started it is gone (its standard input ends),
 * the whole group is killed: a build must not go on for nobody.
 */
const WITH_ITS_PARENT = [
  'exec 3<&0',
  '"$@" 3<&- </dev/null &',
  'build=$!',
  '(cat <&3; kill -KILL 0) >/dev/null 2>&1 &',
  'exec 3<&-',
  'wait $build',
].join('\n');

/** Makes a .sif or a sandbox folder. Throws `image-pull-failed`, `disk-full`, the signal's reason. */
export async function buildSif(build: SifBuild): Promise<void> {
  const { apptainer, folder, form, signal } = build;
  const scratch = join(folder, 'apptainer');
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const shape =
    form === 'sandbox'
      ? ['--sandbox', '--fix-perms']
      : ['--mksquashfs-args', await compression(apptainer)];
  const argv = [apptainer.program, 'build', '--force', ...shape, build.to, build.from];
  signal.throwIfAborted();
  const { exitCode, lines } = await run(argv, environmentIn(scratch), build);
  signal.throwIfAborted();
  if (exitCode === 0) return;
  const old = lines.some((line) => line.includes('unknown flag: --mksquashfs-args'));
  if (old && form === 'sif') {
    const plain = [apptainer.program, 'build', '--force', build.to, build.from];
    if ((await run(plain, environmentIn(scratch), build)).exitCode === 0) return;
  }
  throw buildFailure(build, lines);
}

function buildFailure({ name, folder }: SifBuild, lines: readonly string[]): RunnerError {
  const said = lines.findLast((line) => /^(FATAL|ERROR)/.test(line)) ?? lines.at(-1) ?? '';
  const details = { reference: name, tail: lines };
  if (lines.some((line) => /no space left on device|disk quota exceeded/i.test(line)))
    return new RunnerError('disk-full', `no room left to make a .sif of ${name} in ${folder}`, {
      hint: 'Make room there ("cyto-run images prune"), or choose another data folder.',
      details,
    });
  return new RunnerError(
    'image-pull-failed',
    `${name} could not be made into an image for Apptainer: ${said.replace(/^\w+:\s*/, '')}`,
    { hint: 'Does "apptainer build" work here with any image? See "cyto-run doctor".', details },
  );
}

/** Its own cache and temporary files: two builds that share a cache have been seen to spoil it. */
function environmentIn(scratch: string): NodeJS.ProcessEnv {
  const own: NodeJS.ProcessEnv = { ...process.env, TMPDIR: scratch };
  for (const prefix of ['APPTAINER', 'SINGULARITY']) {
    own[`${prefix}_TMPDIR`] = scratch;
    own[`${prefix}_CACHEDIR`] = join(scratch, 'cache');
  }
  return own;
}

interface BuildEnd {
  readonly exitCode: number | null;
  /** The last of what it said. */
  readonly lines: readonly string[];
}

function run(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  { folder, signal, onLine }: SifBuild,
): Promise<BuildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', WITH_ITS_PARENT, 'build', ...argv], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const killGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    signal.addEventListener('abort', killGroup, { once: true });
    const lines: string[] = [];
    let rest = '';
    const note = (bytes: Buffer): void => {
      const parts = (rest + stripVTControlCharacters(bytes.toString())).split(/[\r\n]+/);
      rest = parts.pop()?.slice(-LIMITS.progressLineBytesMax) ?? '';
      for (const line of parts.filter((part) => part.trim() !== '')) {
        lines.push(line);
        if (lines.length > LIMITS.buildTailLinesMax) lines.shift();
        onLine?.(line.replace(/^INFO:\s*/, ''));
      }
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('exit', () => child.stdin.destroy());
    child.on('close', (exitCode) => {
      signal.removeEventListener('abort', killGroup);
      if (rest.trim() !== '') lines.push(rest);
      resolve({ exitCode, lines });
    });
  });
}

/**
 * zstd is made in half the time of gzip and read faster, but a kernel that mounts images itself
 * (a set-uid installation) may not know it; FUSE, which mounts them everywhere else, does.
 */
async function compression(apptainer: Installed): Promise<string> {
  return (await isSetuid(apptainer))
    ? '-comp gzip -Xcompression-level 1'
    : '-comp zstd -Xcompression-level 1';
}

/** How images can be run here: a .sif is mounted by FUSE or, where Apptainer is set-uid, by the kernel. */
export async function formHere(apptainer: Installed): Promise<'sif' | 'sandbox'> {
  try {
    // Opened, because in a container its file may be there, allowed to everybody, and still be refused.
    await (await open('/dev/fuse', 'r+')).close();
    return 'sif';
  } catch {
    return (await isSetuid(apptainer)) ? 'sif' : 'sandbox';
  }
}

async function isSetuid({ program }: Installed): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(program, ['buildcfg'], {
      timeout: LIMITS.enginePingMs,
    });
    return stdout.includes('_SUID_INSTALL=1');
  } catch {
    return false;
  }
}
