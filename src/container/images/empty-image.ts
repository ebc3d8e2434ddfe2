import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { pack as packTar, type Pack } from 'tar-stream';

/** The end of a tar archive, which is all that an empty one has (POSIX ustar). */
const EMPTY_TAR = Buffer.alloc(1_024);

/**
 * Writes an image with nothing in it as `docker save` would (Docker image specification 1.2): for a
 * container that is made of mounts alone.
 */
export async function writeEmptyImage(path: string, architecture: string): Promise<void> {
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: { Cmd: ['/bin/sh'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(EMPTY_TAR)}`] },
    }),
  );
  const configName = `${sha256(config)}.json`;
  const manifest = [{ Config: configName, RepoTags: null, Layers: ['layer.tar'] }];
  const archive = packTar();
  const written = pipeline(archive, createWriteStream(path));
  await add(archive, configName, config);
  await add(archive, 'layer.tar', EMPTY_TAR);
  await add(archive, 'manifest.json', Buffer.from(JSON.stringify(manifest)));
  archive.finalize();
  await written;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const add = (archive: Pack, name: string, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    archive.entry({ name }, bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
