import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { probeImage } from './probe-image.ts';

/** An image that no engine has, as `docker save` wrote it. */
export interface UniqueImage {
  /** Of `docker save`, under the name `name`. */
  readonly archive: string;
  readonly id: string;
  readonly name: string;
  /** What `/unique` in it holds. */
  readonly mark: string;
}

/** The probe with a file of its own, built, saved below `folder` and taken from the engine again. */
export async function uniqueImage(folder: string): Promise<UniqueImage> {
  const mark = randomBytes(8).toString('hex');
  const name = `cyto-run/unique:${mark}`;
  const context = join(folder, mark);
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'unique'), mark);
  await writeFile(
    join(context, 'Dockerfile'),
    `FROM ${await probeImage()}\nCOPY unique /unique\nWORKDIR /\n`,
  );
  const docker = (...args: string[]): string =>
    execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  docker('build', '--quiet', '--tag', name, context);
  const id = docker('image', 'inspect', '--format', '{{.Id}}', name);
  const archive = join(folder, `${mark}.tar`);
  docker('save', '--output', archive, name);
  docker('image', 'rm', name);
  return { archive, id, name, mark };
}
