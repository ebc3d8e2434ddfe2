import { randomUUID } from 'node:crypto';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import type { Client } from '../../client/index.ts';
import { fileFacts, isWithin, type OutputFacts, type RunRecord } from '../../runner/index.ts';
import { nodeHash } from '../runs-port/server-runs.ts';

/**
 * Brings the outputs of a run into a folder here, each whole or not at all and checked by its sha256.
 * What is there already, from an earlier time, is not brought again. Returns the record as if the run had
 * left them here. Throws `transfer-damaged`, `output-folder-unusable`,
 * `disk-full`.
 */
export async function fetchOutputs(
  record: RunRecord,
  folder: string,
  client: Client,
): Promise<RunRecord> {
  const replaced: string[] = [];
  const outputs: OutputFacts[] = [];
  const left: string[] = [];
  for (const output of record.outputs) {
    const location = posix.join(folder, output.path);
    // What a server says is not to lead out of the folder.
    if (output.kind === 'folder' || !isWithin(location, folder)) {
      left.push(output.path);
      outputs.push(output);
      continue;
    }
    const before = await fileFacts(location).catch(() => undefined);
    if (before?.sha256 !== output.sha256) {
      if (before !== undefined) replaced.push(location);
      await fetchOne(record.runId, output, location, client);
    }
    outputs.push({ ...output, location });
  }
  return {
    ...record,
    outputs,
    folders: { ...record.folders, outFolder: folder },
    warnings: [...record.warnings, ...replacedWarning(replaced), ...leftWarning(left)],
  };
}

const replacedWarning = (replaced: readonly string[]): RunRecord['warnings'] =>
  replaced.length === 0
    ? []
    : [
        {
          code: 'outputs-replaced',
          message: `${replaced.length} files that were there before have been replaced, the first ${JSON.stringify(replaced[0])}`,
        },
      ];

const leftWarning = (left: readonly string[]): RunRecord['warnings'] =>
  left.length === 0
    ? []
    : [
        {
          code: 'outputs-left',
          message: `${left.length} folders stay on the server, the first ${JSON.stringify(left[0])}`,
        },
      ];

async function fetchOne(
  runId: string,
  output: OutputFacts,
  location: string,
  client: Client,
): Promise<void> {
  const folder = posix.dirname(location);
  const beside = posix.join(folder, `.cyto-run-${randomUUID()}.part`);
  try {
    makeFolder(folder);
    await pipeline(
      client.runs.readOutput(runId, output, { hash: nodeHash }),
      createWriteStream(beside, { flags: 'wx' }),
    );
    renameSync(beside, location);
  } catch (error) {
    rmSync(beside, { force: true });
    if (error instanceof RunnerError) throw error;
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    throw new RunnerError(
      code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'output-folder-unusable',
      `${JSON.stringify(location)} cannot be written: ${code}`,
      {
        cause: error,
        hint: 'They are on the server still, at the addresses that `cyto-run outputs` tells.',
      },
    );
  }
}
