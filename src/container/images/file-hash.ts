import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { LIMITS } from '../../base/limits.ts';
import { SingleFlight } from './single-flight.ts';

/** Hex SHA-256 of a file, read whole. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const stream = createReadStream(path, { highWaterMark: LIMITS.imageReadBytesMax, signal });
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const reading = new SingleFlight<string, never>();

/**
 * The same, remembered in `folder` for as long as the file's size, times and inode are what they
 * were: an image of gigabytes is not read again before each run, and once for runs side by side.
 */
export async function rememberedHash(
  path: string,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  const state = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  const note = join(folder, createHash('sha256').update(path).digest('hex'));
  const [known, hash] = (await readFile(note, 'utf8').catch(() => '')).split('\n');
  if (known === state && hash !== undefined) return hash;
  const read = async (_: unknown, until: AbortSignal): Promise<string> => {
    const found = await hashFile(path, until);
    await mkdir(folder, { recursive: true });
    const fresh = `${note}.${randomUUID()}`;
    await writeFile(fresh, `${state}\n${found}`);
    await rename(fresh, note);
    return found;
  };
  return reading.join(`${note} ${state}`, read, { signal, onProgress: undefined });
}
