import { renderOutcome } from '../report/index.ts';
import type { RunRecord } from '../runner/index.ts';
import type { RunStore } from '../store/index.ts';
import { stderrTail } from './stderr-tail.ts';
import { textOptions, type Terminal } from './terminal.ts';

/**
 * The last words about a run: with `--json` the record on stdout; else the closing lines, on stdout
 * when it completed, for they are the result, and on stderr when it did not.
 */
export async function tellEnding(
  record: RunRecord,
  store: Pick<RunStore, 'readLog'> & { readonly flag?: string },
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): Promise<void> {
  if (json) {
    terminal.out(`${JSON.stringify(record, null, 2)}\n`);
    return;
  }
  const complete = record.state === 'COMPLETE';
  const tell = complete ? terminal.out : terminal.err;
  tell(
    renderOutcome(record, {
      ...textOptions(terminal, complete ? 'out' : 'err'),
      program: terminal.program,
      ...(store.flag === undefined ? {} : { flag: store.flag }),
      ...(record.failure?.code === 'app-exit'
        ? { stderrTail: await stderrTail(store, record.runId) }
        : {}),
    }),
  );
}
