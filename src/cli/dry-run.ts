import { renderDryRun } from '../report/index.ts';
import { dryRunOf, type DescriptorFile, type Preparation } from '../site/index.ts';
import { wantsColor, type Terminal } from './terminal.ts';

interface DryRunContext {
  readonly file: DescriptorFile;
  readonly json: boolean;
  readonly terminal: Terminal;
}

/** Prints what a run would do; nothing is asked, written or started. */
export function showDryRun(prepared: Preparation, context: DryRunContext): number {
  const { terminal, json, file } = context;
  const plan = dryRunOf(prepared, file);
  terminal.out(
    json
      ? `${JSON.stringify(plan, null, 2)}\n`
      : renderDryRun(plan, {
          color: wantsColor(terminal.outIsTerminal, terminal.env),
          width: terminal.width,
        }),
  );
  return 0;
}
