import { randomUUID } from 'node:crypto';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import type { Client, RunOutput } from '../../client/index.ts';
import { fileFacts, isWithin, type OutputFacts, type RunRecord } from '../../runner/index.ts';
import { nodeHash } from '../runs-port/server-runs.ts';

/** What was brought, and what is to be told of it. */
export interface FetchedOutputs {
  readonly outputs: readonly OutputFacts[];
  readonly warnings: RunRecord['warnings'];
}

/**
 * Brings the outputs of a run into a folder here, each whole or not at all and checked by its sha256.
 * What is there already, from an earlier time, is not brought again. Throws `transfer-damaged`,
 * `output-folder-unusable`, `disk-full`.
 */
export async function fetchOutputs(
  { runId, outputs: left }: { readonly runId: string; readonly outputs: readonly RunOutput[] },
  folder: string,
  client: Client,
): Promise<FetchedOutputs> {
  const replaced: string[] = [];
  const outputs: OutputFacts[] = [];
  const leftThere: string[] = [];
  for (const output of left) {
    const location = posix.join(folder, output.path);
    // What a server says is not to lead out of the folder.
    if (output.kind === 'folder' || !isWithin(location, folder)) {
      leftThere.push(output.path);
      continue;
    }
    const before = await fileFacts(location).catch(() => undefined);
    if (before?.sha256 !== output.sha256) {
      if (before !== undefined) replaced.push(location);
      await fetchOne(runId, output, location, client);
    }
    outputs.push({ ...output, location });
  }
  return { outputs, warnings: [...replacedWarning(replaced), ...leftWarning(leftThere)] };
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
  output: RunOutput,
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
    removeQuietly(beside);
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

/** What cannot be removed was never there: the error that is on its way says why. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
  }
}
