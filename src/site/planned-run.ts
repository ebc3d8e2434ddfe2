import { SECRET_MASK } from '../descriptor/index.ts';
import type { DryRun, RunRecord } from '../runner/index.ts';
import { dryRunOf } from './dry-run.ts';
import { orphanOf } from './runs/reconcile-all.ts';

/** What a run that has not begun is going to do, as its record has it. Secrets masked. */
export async function plannedRun(record: RunRecord): Promise<DryRun> {
  const orphan = await orphanOf(record);
  const secrets = record.parameters
    .filter(
      ({ inputId, secret }) => secret && !orphan.invocation.some((one) => one.inputId === inputId),
    )
    .map(({ inputId, source }) => ({ inputId, source, value: SECRET_MASK, secret: true }));
  return dryRunOf(
    { ...orphan, created: record, invocation: [...orphan.invocation, ...secrets] },
    { diagnostics: [] },
  );
}
