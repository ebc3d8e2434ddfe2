import { constants } from 'node:fs';
import { cp, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { openSqlite } from '../database.ts';
import { storeError } from '../faults.ts';
import { KEY_FILE } from '../secrets/key-file.ts';
import type { BackupReport } from './upkeep.ts';

/** What `Upkeep.backup` says. `folder` is the data folder. */
export async function backUp(
  folder: string,
  path: string,
  signal: AbortSignal,
): Promise<BackupReport> {
  await mustBeFree(path);
  const part = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    // What a backup that was killed has left.
    await rm(part, { recursive: true, force: true });
    const report = path.endsWith('.db')
      ? await copyDatabase(folder, part)
      : await copyFolder(folder, part, signal);
    await rename(part, path);
    return { ...report, path };
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw storeError(error, path);
  }
}

async function mustBeFree(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw storeError(error, path);
  });
  if (found === undefined) return;
  throw new RunnerError('usage', `there is something at ${path} already`, {
    hint: 'A backup is never written over another one: give a path that is free.',
  });
}

type Copied = Omit<BackupReport, 'path'>;

/**
 * The database first: every run that it knows and that has ended has all its files by then, and they
 * never change again. Of a run that has not ended there is the beginning of its log, as after a crash:
 * what its app is writing may vanish while it is read.
 */
async function copyFolder(folder: string, part: string, signal: AbortSignal): Promise<Copied> {
  await mkdir(join(part, 'runs'), { recursive: true, mode: 0o700 });
  const database = join(part, 'cyto-run.db');
  const { bytes } = await copyDatabase(folder, database);
  const withoutFiles: string[] = [];
  let copied = bytes;
  const runs = runsIn(database);
  for (const { runId, hasEnded } of runs) {
    signal.throwIfAborted();
    const place = join('runs', runId, ...(hasEnded ? [] : ['logs']));
    const found = await copyFiles(join(folder, place), join(part, place));
    if (found === undefined) withoutFiles.push(runId);
    else copied += found;
  }
  for (const place of SERVER_PLACES)
    copied += (await copyFiles(join(folder, place), join(part, place))) ?? 0;
  // A run without files may never have had any: only those that went while we copied are told.
  const stillThere = new Set(runsIn(join(folder, 'cyto-run.db')).map(({ runId }) => runId));
  return {
    runs: runs.length,
    bytes: copied,
    withoutFiles: withoutFiles.filter((runId) => !stillThere.has(runId)),
  };
}

/** What a server keeps beside runs: without the key no sealed secret, without uploads no waiting run goes on. */
const SERVER_PLACES = [KEY_FILE, 'uploads'];

/** Bytes of the copy. Undefined: there is no such file or folder. */
async function copyFiles(from: string, to: string): Promise<number | undefined> {
  try {
    await cp(from, to, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      errorOnExist: true,
      force: false,
      // Costs nothing where the file system can share what is the same.
      mode: constants.COPYFILE_FICLONE,
      filter: isPlain,
    });
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
    await rm(to, { recursive: true, force: true });
    return undefined;
  }
  return sizeOf(to);
}

/** Sockets and pipes that an app has left mean nothing in a copy. */
async function isPlain(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isFile() || found.isDirectory() || found.isSymbolicLink();
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  let bytes = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}

/** SQLite's own online backup, all pages in one step: a step that others' writes interrupt begins anew. */
async function copyDatabase(folder: string, to: string): Promise<Copied> {
  const { backup } = process.getBuiltinModule('node:sqlite');
  const source = openSqlite(join(folder, 'cyto-run.db'), {
    readOnly: true,
    timeout: LIMITS.storeBusyMs,
  });
  try {
    await backup(source, to, { rate: LIMITS.backupPagesMax });
  } finally {
    source.close();
  }
  checkCopy(to);
  return { runs: runsIn(to).length, bytes: (await stat(to)).size, withoutFiles: [] };
}

/** A copy that cannot be read is found out now, not when it is needed. */
function checkCopy(path: string): void {
  const copy = openSqlite(path, { timeout: LIMITS.storeBusyMs });
  try {
    // One file, that can be copied on as it is.
    copy.exec('PRAGMA journal_mode = DELETE');
    const [first] = copy.prepare('PRAGMA integrity_check').all();
    if (first?.['integrity_check'] !== 'ok')
      throw new RunnerError('store-unusable', `the copy ${path} is damaged`, {
        hint: 'Look at the data folder with `cyto-run fsck`.',
      });
  } finally {
    copy.close();
  }
}

function runsIn(path: string): { readonly runId: string; readonly hasEnded: boolean }[] {
  const database = openSqlite(path, { readOnly: true, timeout: LIMITS.storeBusyMs });
  try {
    return database
      .prepare('SELECT run_id, ended_at FROM runs ORDER BY id')
      .all()
      .map((row) => ({ runId: String(row['run_id']), hasEnded: row['ended_at'] !== null }));
  } finally {
    database.close();
  }
}
