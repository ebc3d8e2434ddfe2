import { LIMITS } from '../../base/limits.ts';
import type { RunRecord } from '../../runner/index.ts';
import { appLines } from './app-lines.ts';
import { changesBetween } from './changes.ts';
import type { DisplayOptions, LiveDisplay } from './options.ts';

/** The story for a program: one JSON object a line, each with `at` (RFC 3339), `runId` and `type`. */
export function jsonDisplay({ write, clock, verbose }: DisplayOptions): LiveDisplay {
  const lines = appLines();
  let last: RunRecord | undefined;
  let pulledMs = -Infinity;
  const tell = (type: string, facts: object): void => {
    const at = clock.now().toISOString();
    write(`${JSON.stringify({ at, runId: last?.runId, type, ...facts })}\n`);
  };
  return {
    onRecord: (record) => {
      const changes = changesBetween(last, record);
      last = record;
      for (const { type, ...facts } of changes) tell(type, facts);
    },
    onOutput: (chunk) => {
      if (!verbose) return;
      for (const line of lines.push(chunk)) tell('output', line);
    },
    onPull: (progress) => {
      const now = clock.monotonicMs();
      const complete = progress.receivedBytes === progress.totalBytes;
      if (!complete && now - pulledMs < LIMITS.progressEventMs) return;
      pulledMs = now;
      tell('pull', progress);
    },
    onBuildLine: (line) => {
      tell('build', { text: line });
    },
    say: (line) => {
      tell('note', { text: line });
    },
    close: (record) => {
      if (verbose) for (const line of lines.end()) tell('output', line);
      if (record !== undefined)
        tell('closed', { state: record.state, exitCode: record.exit?.exitCode });
    },
  };
}
