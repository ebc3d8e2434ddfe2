import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Pack } from 'tar-stream';

import { openUnpacked, type ImageContent, type StoredLayer } from './content.ts';

export interface PackOptions {
  /** For messages. */
  readonly name: string;
  /** What the engine that loads it is to call it. */
  readonly tag: string;
  /** Bytes of layers as stored, since the beginning. */
  readonly onBytes?: (done: number) => void;
}

/**
 * The image as `docker load` takes it (Docker image specification 1.2), under one name of ours
 * and none of the archive's own. Layers go through as they are stored, but for zstd, which
 * engines before 23 cannot read. Ends in an error when content is damaged.
 */
export function packDockerArchive(content: ImageContent, options: PackOptions): Readable {
  return Readable.from(packed(content, options), { objectMode: false });
}

async function* packed(
  { config, layers }: ImageContent,
  { name, tag, onBytes }: PackOptions,
): AsyncGenerator<Uint8Array> {
  const { pack } = await import('tar-stream');
  const archive = pack();
  const hex = config.id.replace(/^.*:/, '');
  let done = 0;
  const write = async (): Promise<void> => {
    const files = layers.map(({ diffId }, at) => `${at}-${diffId.replace(/^.*:/, '')}.tar`);
    await entry(archive, `${hex}.json`, config.bytes);
    for (const [at, layer] of layers.entries()) {
      await layerEntry(archive, files[at] ?? '', layer, name);
      done += layer.sizeBytes;
      onBytes?.(done);
    }
    const manifest = [{ Config: `${hex}.json`, RepoTags: [tag], Layers: files }];
    await entry(archive, 'manifest.json', Buffer.from(JSON.stringify(manifest)));
    archive.finalize();
  };
  const written = write().catch((error: unknown) => {
    archive.destroy(error as Error);
  });
  try {
    for await (const chunk of archive) yield chunk as Uint8Array;
  } finally {
    archive.destroy();
  }
  await written;
}

const entry = (archive: Pack, name: string, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    archive.entry({ name }, bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });

async function layerEntry(
  archive: Pack,
  file: string,
  layer: StoredLayer,
  name: string,
): Promise<void> {
  const unpack = layer.compression === 'zstd';
  // A tar archive says a file's size before its bytes: a first reading counts them, and checks them.
  const size = unpack ? await bytesOf(await openUnpacked(layer, name)) : layer.sizeBytes;
  const source = unpack ? await openUnpacked(layer, name) : await layer.open();
  const sink = archive.entry({ name: file, size });
  // The sink is a stream in all but its declaration.
  await pipeline(source, sink as unknown as NodeJS.WritableStream);
}

async function bytesOf(source: Readable): Promise<number> {
  let bytes = 0;
  for await (const chunk of source) bytes += (chunk as Buffer).length;
  return bytes;
}
