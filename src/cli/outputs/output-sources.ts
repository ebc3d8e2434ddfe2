import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import type { Client, Hash, OutputFile, RunOutput } from '../../client/index.ts';
import { filesBelow, folderFactsOf, type FileBelow, type RunRecord } from '../../runner/index.ts';
import type { OutputSource } from './bring-outputs.ts';

/** The outputs of a run of a server. */
export const serverOutputs = (runId: string, client: Client): OutputSource => ({
  files: async (output) => {
    const files = await client.runs.outputFiles(runId, { output: output.path });
    const below = files.map((file) => ({
      ...file,
      path: posix.relative(output.path, file.path),
    }));
    return checkedFiles(output, below);
  },
  read: (file) => client.runs.readOutput(runId, file, { hash: nodeHash }),
});

/** The outputs of a run of this machine, where its record says that they lie. */
export function localOutputs({ outputs }: RunRecord): OutputSource {
  const locationOf = ({ path }: { readonly path: string }): string => {
    const output = outputs.find((one) => path === one.path || path.startsWith(`${one.path}/`));
    if (output === undefined) throw new TypeError(`no output holds ${path}`);
    return posix.join(output.location, posix.relative(output.path, path));
  };
  return {
    files: async (output) => checkedFiles(output, await filesBelow(locationOf(output))),
    async *read(file) {
      const hash = nodeHash();
      for await (const bytes of createReadStream(locationOf(file)) as AsyncIterable<Buffer>) {
        hash.update(bytes);
        yield bytes;
      }
      if (hash.digest() !== file.sha256) throw changed(file);
    },
  };
}

/** Throws `transfer-damaged` where they are not what the run left. */
function checkedFiles(output: RunOutput, files: readonly FileBelow[]): readonly OutputFile[] {
  if (folderFactsOf(files).sha256 !== output.sha256) throw changed(output);
  return files.map((file) => ({ ...file, path: posix.join(output.path, file.path) }));
}

const changed = ({ path }: { readonly path: string }): RunnerError =>
  new RunnerError(
    'transfer-damaged',
    `the output ${JSON.stringify(path)} is not what its record says`,
    { hint: 'It was changed since the run: `cyto-run rerun` makes it again.' },
  );

/** Node's own SHA-256: several times as fast as one in JavaScript. */
export function nodeHash(): Hash {
  const hash = createHash('sha256');
  return { update: (bytes) => hash.update(bytes), digest: () => hash.digest('hex') };
}
