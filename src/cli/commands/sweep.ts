import { systemClock } from '../../base/clock.ts';
import { fileSize } from '../../base/file-size.ts';

import { configurationFor } from '../../site/index.ts';
import { policyOf, sweep as sweepRuns } from '../../site/retention/index.ts';
import { openRuns } from '../../site/runs/index.ts';
import type { CommandRun } from '../commands.ts';
import { listenForInterrupts } from '../interrupt.ts';

/** `cyto-run sweep [--dry-run]`: what a server does every hour, once. */
export const sweep: CommandRun = async (args, { terminal }) => {
  const configuration = await configurationFor(terminal);
  const policy = policyOf(configuration.values);
  using runs = await openRuns(terminal, configuration);
  using interrupts = listenForInterrupts(
    () => {
      terminal.err('stopping\n');
    },
    () => undefined,
  );
  const dryRun = args['dry-run'] === true;
  const { stop: signal } = interrupts;
  const report = await sweepRuns(runs.store, { policy, clock: systemClock, dryRun, signal });
  if (Object.values(policy).every((rule) => rule === undefined))
    terminal.err('hint: serve.retention in the configuration says nothing: every run is kept\n');
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : report.removed
          .map(({ runId, why }) => `${dryRun ? 'would remove' : 'removed'} ${runId}: ${why}\n`)
          .join('') +
          `${report.removed.length} runs, ${fileSize(report.freedBytes)}; ${report.kept} are kept\n`,
  );
  return 0;
};
