import { renderOutcome } from '../report/index.ts';
import type { RunRecord } from '../runner/index.ts';
import type { RunStore } from '../store/index.ts';
import { stderrTail } from './stderr-tail.ts';
import { wantsColor, type Terminal } from './terminal.ts';

/** The last words about a run: the record on stdout with `--json`, else the closing lines on stderr. */
export async function tellEnding(
  record: RunRecord,
  store: RunStore,
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): Promise<void> {
  if (json) {
    terminal.out(`${JSON.stringify(record, null, 2)}\n`);
    return;
  }
  terminal.err(
    renderOutcome(record, {
      color: wantsColor(terminal.errIsTerminal, terminal.env),
      width: terminal.width,
      program: terminal.program,
      ...(record.failure?.code === 'app-exit'
        ? { stderrTail: await stderrTail(store, record.runId) }
        : {}),
    }),
  );
}
