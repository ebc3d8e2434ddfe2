import { open } from 'node:fs/promises';
import { posix } from 'node:path';

import type { Client } from '../../client/index.ts';
import { fileSize } from '../../report/index.ts';
import { fileFacts } from '../../runner/index.ts';

/**
 * Sends files to a server, each once, also when it sent the same before; resolves to the ids of uploads
 * by path. Says what it does.
 *
 * @param paths absolute
 */
export async function sendFiles(
  paths: readonly string[],
  client: Client,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const known = await client.uploads.list();
  const ids = new Map<string, string>();
  for (const path of new Set(paths)) {
    const { sizeBytes, sha256 } = await fileFacts(path);
    const name = posix.basename(path);
    const before = known.find((upload) => upload.sha256 === sha256 && upload.name === name);
    if (before === undefined) say(`sending ${name} (${fileSize(sizeBytes)}) to ${client.url}`);
    else say(`${name} is on ${client.url} already`);
    ids.set(path, before?.id ?? (await sent(path, { name, sizeBytes, sha256 }, client)));
  }
  return ids;
}

async function sent(
  path: string,
  facts: { readonly name: string; readonly sizeBytes: number; readonly sha256: string },
  client: Client,
): Promise<string> {
  await using file = await open(path);
  const upload = await client.uploads.send({
    ...facts,
    read: async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
  });
  return upload.id;
}
