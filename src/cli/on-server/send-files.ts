import { open, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { counted } from '../../base/counted.ts';
import { LIMITS } from '../../base/limits.ts';
import { RunnerError } from '../../base/errors.ts';
import { fileSize } from '../../base/file-size.ts';
import type { Client, Upload, UploadSource } from '../../client/index.ts';
import { fileFacts, folderFactsOf, type ContentFacts, type FileBelow } from '../../runner/index.ts';
import { contentsOf, type FolderContents } from './folder-contents.ts';

/**
 * Sends files and folders to a server, each once, also when it sent the same before; resolves to the ids
 * of uploads by path. Says what it does. Throws `input-missing`, before anything is sent, for a folder that
 * cannot be sent as `contentsOf` says.
 *
 * @param paths absolute
 */
export async function sendFiles(
  paths: readonly string[],
  client: Client,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  const folders = new Map<string, FolderContents>();
  for (const path of new Set(paths))
    if ((await stat(path)).isDirectory()) folders.set(path, await contentsOf(path));
  for (const path of new Set(paths)) {
    const contents = folders.get(path);
    const { id } =
      contents === undefined
        ? await sendFile(path, client, say)
        : await sendFolder(path, contents, client, say);
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
  const begun = await begunUpload(name, facts, client);
  const amount = fileSize(facts.sizeBytes);
  if (begun === undefined) say(`sending ${name} (${amount}) to ${client.url}`);
  else
    say(
      `going on with ${name}: ${fileSize(begun.receivedBytes)} of ${amount} are on ${client.url}`,
    );
  return sent(path, facts, client, { begun, onProgress: tenthsOf(name, facts, say) });
}

/** Its files one by one, what is there already not again, and of them the folder. */
async function sendFolder(
  path: string,
  contents: FolderContents,
  client: Client,
  say: (line: string) => void,
): Promise<Upload> {
  const name = posix.basename(path);
  const files: FileBelow[] = [];
  for (const file of contents.files)
    files.push({ path: file, ...(await fileFacts(posix.join(path, file))) });
  const { emptyFolders } = contents;
  const facts = folderFactsOf(files, emptyFolders);
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
  return client.uploads.makeFolder(name, parts, { emptyFolders });
}

/** Apps go by names too: only the same bytes of the same name will do. */
async function knownUpload(
  name: string,
  { sha256 }: ContentFacts,
  client: Client,
): Promise<Upload | undefined> {
  return (await client.uploads.list({ sha256 })).find((upload) => upload.name === name);
}

/** Of the same bytes, of which some came before the connection, the server or the sender was gone. */
async function begunUpload(
  name: string,
  { sizeBytes, sha256 }: ContentFacts,
  client: Client,
): Promise<Upload | undefined> {
  return (await client.uploads.list()).find(
    (upload) =>
      upload.wantedSha256 === sha256 &&
      upload.name === name &&
      upload.sizeBytes === sizeBytes &&
      upload.receivedBytes > 0,
  );
}

async function sent(
  path: string,
  { sizeBytes, sha256 }: ContentFacts,
  client: Client,
  {
    begun,
    onProgress,
  }: {
    readonly begun?: Upload | undefined;
    readonly onProgress?: ((sentBytes: number) => void) | undefined;
  } = {},
): Promise<Upload> {
  await using file = await open(path);
  const source: UploadSource = {
    ...{ name: posix.basename(path), sizeBytes, sha256 },
    read: async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
  };
  const options = onProgress === undefined ? {} : { onProgress };
  if (begun !== undefined)
    try {
      return await client.uploads.resume(begun.id, source, options);
    } catch (error) {
      if (error instanceof RunnerError && error.code === 'server-unreachable') throw error;
      // It has expired, or another sender is at it: sent anew.
    }
  return await client.uploads.send(source, options);
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
