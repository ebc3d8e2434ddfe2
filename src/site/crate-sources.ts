import { RunnerError } from '../base/errors.ts';
import { fileFacts, folderFacts, type RunRecord } from '../runner/index.ts';

/**
 * Checks that every file a crate is to hold is still what the record says: a crate with other bytes
 * would testify to a run that never was. Throws `output-invalid` or `input-missing` with all of them.
 */
export async function checkCrateSources(record: RunRecord, withInputs: boolean): Promise<void> {
  const outputs = await Promise.all(
    record.outputs.map(async ({ location, kind, sha256 }) => fault(location, kind, sha256)),
  );
  const inputs = withInputs
    ? await Promise.all(
        record.inputs.map(async ({ path, kind, sha256 }) => fault(path, kind, sha256)),
      )
    : [];
  const badOutputs = outputs.filter((sentence) => sentence !== undefined);
  const badInputs = inputs.filter((sentence) => sentence !== undefined);
  const faults = [...badOutputs, ...badInputs];
  if (faults.length === 0) return;
  throw new RunnerError(
    badOutputs.length > 0 ? 'output-invalid' : 'input-missing',
    `run ${record.runId} cannot be exported as it was\n${faults.join('\n')}`,
    {
      hint:
        badOutputs.length > 0
          ? `\`cyto-run rerun ${record.runId}\` makes the outputs again.`
          : 'Restore the inputs, or only refer to them with --inputs refer.',
      details: { faults },
    },
  );
}

async function fault(
  path: string,
  kind: 'file' | 'folder',
  sha256: string,
): Promise<string | undefined> {
  const named = JSON.stringify(path);
  try {
    const now = kind === 'file' ? await fileFacts(path) : await folderFacts(path);
    return now.sha256 === sha256 ? undefined : `${named} has changed since the run`;
  } catch {
    return `${named} is not there any more`;
  }
}
