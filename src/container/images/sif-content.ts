import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { digestOfBytes, readConfig, type ImageContent } from './content.ts';
import type { SifFile } from './sif.ts';

/**
 * What `apptainer run` does with an image whose runscript is its author's: its environment
 * scripts, then the runscript with the arguments as they are.
 */
const RUN_AS_APPTAINER = [
  'export APPTAINER_NO_EVAL=1 SINGULARITY_NO_EVAL=1',
  'for script in /.singularity.d/env/*.sh; do if [ -f "$script" ]; then . "$script"; fi; done',
  'exec /.singularity.d/runscript "$@"',
].join('\n');

/**
 * A .sif as an OCI image of one layer. Its root file system is unpacked below `folder`, which must
 * be the caller's to remove. Throws `image-pull-failed` when it cannot be unpacked here.
 */
export async function sifContent(
  sif: SifFile,
  folder: string,
  signal: AbortSignal,
): Promise<ImageContent> {
  const root = join(folder, 'root');
  const layer = join(folder, 'layer.tar');
  await unsquash(sif, root, signal);
  const diffId = await packRoot(root, layer, signal);
  await rm(root, { recursive: true, force: true });
  const [os, architecture] = sif.platform.split('/');
  const process = sif.process ?? {
    entrypoint: ['/bin/sh', '-c', RUN_AS_APPTAINER, 'run'],
    command: [],
    environment: [],
  };
  const document = {
    os,
    architecture,
    config: {
      Entrypoint: process.entrypoint,
      Cmd: process.command,
      Env: process.environment,
      ...(process.workingDirectory === undefined ? {} : { WorkingDir: process.workingDirectory }),
    },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created_by: 'cyto-run: the root file system of a .sif' }],
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return {
    config: { ...readConfig(bytes, sif.path), id: digestOfBytes(bytes) },
    layers: [
      {
        diffId,
        compression: 'none',
        sizeBytes: (await stat(layer)).size,
        open: () => Promise.resolve(createReadStream(layer)),
      },
    ],
    [Symbol.asyncDispose]: () => rm(layer, { force: true }),
  };
}

/** Exit code 2: all but what only root may make (devices, other owners), which no app needs. */
async function unsquash(sif: SifFile, root: string, signal: AbortSignal): Promise<void> {
  const { offset } = sif.partition;
  const args = ['-quiet', '-no-progress', '-no-xattrs', '-o', String(offset), '-d', root, sif.path];
  const { exitCode, stderr } = await run('unsquashfs', args, signal).catch((error: unknown) => {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
    throw new RunnerError(
      'image-pull-failed',
      `${sif.path} cannot be unpacked for this engine: unsquashfs is not installed`,
      {
        cause: error,
        hint: 'Install squashfs-tools, or run it with --engine apptainer.',
      },
    );
  });
  if (exitCode === 0 || exitCode === 2) return;
  throw new RunnerError(
    /no space left/i.test(stderr) ? 'disk-full' : 'image-pull-failed',
    `${sif.path} cannot be unpacked: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    { hint: 'Is the file whole, and is there room in TMPDIR?', details: { stderr } },
  );
}

/** The folder as a tar archive; resolves to its digest. Owners are told as root's where we are not root. */
async function packRoot(root: string, layer: string, signal: AbortSignal): Promise<string> {
  const owners = process.getuid?.() === 0 ? [] : ['--owner=0', '--group=0'];
  const args = ['-C', root, '--numeric-owner', ...owners, '--sort=name', '-cf', '-', '.'];
  const child = spawn('tar', args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const hash = createHash('sha256');
  const hashed = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const [{ exitCode, stderr }] = await Promise.all([
    ended(child),
    pipeline(child.stdout, hashed, createWriteStream(layer), { signal }),
  ]);
  if (exitCode !== 0)
    throw new RunnerError('image-pull-failed', `the .sif could not be packed again: ${stderr}`);
  return `sha256:${hash.digest('hex')}`;
}

const run = (
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): ReturnType<typeof ended> =>
  ended(spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], signal }));

function ended(
  child: ReturnType<typeof spawn>,
): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode, stderr });
    });
  });
}
