import { open, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { counted } from '../../base/counted.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { fileSize } from '../../base/file-size.ts';
import type { Client, Upload } from '../../client/index.ts';

import { fileFacts, filesBelow, folderFactsOf, type ContentFacts } from '../../runner/index.ts';

/**
 * Sends files and folders to a server, each once, also when it sent the same before; resolves to the ids
 * of uploads by path. Says what it does. Throws `input-missing` for a folder of too many files.
 *
 * @param paths absolute
 */
export async function sendFiles(
  paths: readonly string[],
  client: Client,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const path of new Set(paths)) {
    const { id } = (await stat(path)).isDirectory()
      ? await sendFolder(path, client, say)
      : await sendFile(path, client, say);
    ids.set(path, id);
  }
  return ids;
}

async function sendFile(
  path: string,
  client: Client,
  say: (line: string) => void,
): Promise<Upload> {
  const facts = await fileFacts(path);
  const name = posix.basename(path);
  const known = await knownUpload(name, facts, client);
  if (known !== undefined) {
    say(`${name} is on ${client.url} already`);
    return known;
  }
  say(`sending ${name} (${fileSize(facts.sizeBytes)}) to ${client.url}`);
  return sent(path, facts, client, tenthsOf(name, facts, say));
}

/** Its files one by one, what is there already not again, and of them the folder. */
async function sendFolder(
  path: string,
  client: Client,
  say: (line: string) => void,
): Promise<Upload> {
  const name = posix.basename(path);
  const files = await filesBelow(path);
  if (files.length > LIMITS.uploadFolderFilesMax)
    throw new RunnerError(
      'input-missing',
      `${JSON.stringify(path)} has ${files.length} files, more than the ${LIMITS.uploadFolderFilesMax} that are sent`,
      { hint: 'Put it where the server can read it (mount-roots), or send parts of it.' },
    );
  const facts = folderFactsOf(files);
  const known = await knownUpload(name, facts, client);
  if (known !== undefined) {
    say(`${name}/ is on ${client.url} already`);
    return known;
  }
  const amount = `${counted(files.length, 'file')}, ${fileSize(facts.sizeBytes)}`;
  say(`sending ${name}/ (${amount}) to ${client.url}`);
  const parts: { path: string; upload: string }[] = [];
  for (const file of files) {
    const place = posix.join(path, file.path);
    const { id } =
      (await knownUpload(posix.basename(place), file, client)) ?? (await sent(place, file, client));
    parts.push({ path: file.path, upload: id });
  }
  return client.uploads.makeFolder(name, parts);
}

/** Apps go by names too: only the same bytes of the same name will do. */
async function knownUpload(
  name: string,
  { sha256 }: ContentFacts,
  client: Client,
): Promise<Upload | undefined> {
  return (await client.uploads.list({ sha256 })).find((upload) => upload.name === name);
}

async function sent(
  path: string,
  { sizeBytes, sha256 }: ContentFacts,
  client: Client,
  onProgress?: (sentBytes: number) => void,
): Promise<Upload> {
  await using file = await open(path);
  return await client.uploads.send(
    {
      ...{ name: posix.basename(path), sizeBytes, sha256 },
      read: async (offset, length) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
    },
    onProgress === undefined ? {} : { onProgress },
  );
}

/** A line for each tenth of a file that goes in so many pieces. */
function tenthsOf(
  name: string,
  { sizeBytes }: ContentFacts,
  say: (line: string) => void,
): ((sentBytes: number) => void) | undefined {
  if (sizeBytes < 10 * LIMITS.uploadPieceBytes) return undefined;
  let told = 0;
  return (sentBytes) => {
    const tenths = Math.floor((10 * sentBytes) / sizeBytes);
    if (tenths <= told || sentBytes >= sizeBytes) return;
    told = tenths;
    say(`${name}: ${fileSize(sentBytes)} of ${fileSize(sizeBytes)} sent`);
  };
}
