import { renderDryRun } from '../report/index.ts';
import type { DryRun } from '../runner/index.ts';
import { dryRunOf, type DescriptorFile, type Preparation } from '../site/index.ts';
import { textOptions, type Terminal } from './terminal.ts';

interface DryRunContext {
  readonly json: boolean;
  readonly terminal: Terminal;
}

/** Prints what a run would do; nothing is asked, written or started. */
export const showDryRun = (
  prepared: Preparation,
  { file, ...context }: DryRunContext & { readonly file: DescriptorFile },
): number => showPlan(dryRunOf(prepared, file), context);

/** Prints what would be done, here or on a server. */
export function showPlan(plan: DryRun, { terminal, json }: DryRunContext): number {
  terminal.out(
    json
      ? `${JSON.stringify(plan, null, 2)}\n`
      : renderDryRun(plan, {
          ...textOptions(terminal, 'out'),
        }),
  );
  return 0;
}
