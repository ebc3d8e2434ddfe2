import type { Header } from 'tar-stream';

import type { ImageFile } from '../engine.ts';

/** Bytes that come, and can be told to come no more. */
export type ByteStream = NodeJS.ReadableStream & { destroy(error?: Error): unknown };

/**
 * The first entry of a tar archive that comes as a stream, of which no more is read than is needed;
 * the stream is ended. An empty archive has none: `missing`.
 */
export async function firstOfTar(
  archive: ByteStream,
  bytesMax: number,
  signal: AbortSignal,
): Promise<ImageFile> {
  const { extract } = await import('tar-stream');
  const entries = extract();
  const stop = (): void => {
    archive.destroy(signal.reason as Error);
  };
  signal.addEventListener('abort', stop);
  archive.on('error', (error: Error) => {
    entries.destroy(error);
  });
  archive.pipe(entries);
  try {
    for await (const entry of entries) {
      const known = withoutBytes(entry.header, bytesMax);
      if (known !== undefined) return known;
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) chunks.push(chunk as Uint8Array);
      return { kind: 'file', bytes: Buffer.concat(chunks) };
    }
    return { kind: 'missing' };
  } finally {
    signal.removeEventListener('abort', stop);
    archive.destroy();
  }
}

function withoutBytes({ type, size, linkname }: Header, bytesMax: number): ImageFile | undefined {
  if (type === 'symlink' || type === 'link') return { kind: 'link', target: linkname };
  if (type !== 'file' && type !== 'contiguous-file') return { kind: 'no-file' };
  return size > bytesMax ? { kind: 'too-large', sizeBytes: size } : undefined;
}
