import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { PROBE_IMAGE, probeImage } from './probe-image.ts';

/** The image of an app of ours as a file for Apptainer, made from Docker's where that has changed. */
export async function sifOf(image: string): Promise<string> {
  const id = execFileSync('docker', ['image', 'inspect', '--format', '{{.Id}}', image], {
    encoding: 'utf8',
  }).trim();
  const folder = join(tmpdir(), 'cyto-run-test-images');
  const sif = join(folder, `${id.replace(':', '-').slice(0, 30)}.sif`);
  if (existsSync(sif)) return sif;
  await mkdir(folder, { recursive: true });
  const making = join(folder, `making-${String(process.pid)}-${id.slice(-8)}.sif`);
  const packing = ['--mksquashfs-args', '-comp zstd -Xcompression-level 1'];
  await promisify(execFile)('apptainer', [
    ...['--silent', 'build', '--force', ...packing],
    ...[making, `docker-daemon:${image}`],
  ]);
  await chmod(making, 0o644);
  await rename(making, sif);
  return sif;
}

export const PROBE_SIF_GIVEN = 'CYTO_RUN_PROBE_SIF';

/** The image of `apps/probe` as a file. */
export async function probeSif(): Promise<string> {
  // Whoever may not ask Docker is given it.
  const given = process.env[PROBE_SIF_GIVEN];
  if (given !== undefined) return given;
  await probeImage();
  return sifOf(PROBE_IMAGE);
}
