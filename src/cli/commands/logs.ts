import { once } from 'node:events';

import { RunnerError } from '../../base/errors.ts';
import { attemptOf, isTerminal, type RunRecord } from '../../runner/index.ts';
import { optionalText } from '../arguments.ts';
import { listenForInterrupts } from '../interrupt.ts';
import { parseCount, parseSize } from '../../site/index.ts';
import type { LogQuery } from '../../store/index.ts';
import { tellWaits } from '../run-waits.ts';
import { openRunsPort } from '../runs-port/index.ts';
import type { CommandRun } from '../commands.ts';

/**
 * `cyto-run logs RUN`: the app's bytes, stdout to stdout and stderr to stderr. With `--follow` a run
 * whose process has died is taken over, so its log goes on, and one that waits tells why, on stderr.
 */
export const logs: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const record = await runs.read(await runs.runArgument(args['run']));
  const { runId, state } = record;
  const stream = streamOf(optionalText(args['stream']));
  const tail = optionalText(args['tail']);
  const from = optionalText(args['from']);
  if (from !== undefined && stream === 'both')
    throw new RunnerError('usage', '--from counts bytes of one stream', {
      hint: 'Say which: --stream stdout --from 4096.',
    });
  const attempt = optionalText(args['attempt']);
  const query: LogQuery = {
    stream,
    ...(attempt === undefined ? {} : { attempt: attemptArgument(attempt, record) }),
    ...(tail === undefined ? {} : { tailBytes: parseSize(tail) }),
    ...(from === undefined || stream === 'both' ? {} : { from: { [stream]: parseSize(from) } }),
  };
  if (args['follow'] !== true || isTerminal(state)) {
    await copy(runs.readLog(runId, query), stream);
    return 0;
  }
  // Ctrl-C ends the following, not the run, unless we are now the run's own process.
  const leaving = new AbortController();
  using interrupts = listenForInterrupts(
    () => {
      leaving.abort();
    },
    () => undefined,
  );
  using _waits = tellWaits(runId, runs, terminal);
  const followed = runs.followLog(runId, query, {
    leave: leaving.signal,
    kill: interrupts.kill,
  });
  await Promise.race([copy(followed, stream), once(leaving.signal, 'abort')]);
  if (leaving.signal.aborted) process.exit(130);
  return 0;
};

/** One of the attempts that there were. Throws `usage`. */
function attemptArgument(text: string, record: RunRecord): number {
  const attempt = parseCount(text);
  const newest = attemptOf(record);
  if (attempt <= newest) return attempt;
  throw new RunnerError('usage', `run ${record.runId} has no attempt ${attempt}`, {
    hint: newest === 1 ? 'There was only one.' : `There were ${newest}.`,
  });
}

function streamOf(text: string | undefined): 'stdout' | 'stderr' | 'both' {
  return text === 'stdout' || text === 'stderr' ? text : 'both';
}

/** One stream alone goes to our stdout, so that it can be piped; both go where they came from. */
async function copy(
  log: AsyncIterable<{ stream: 'stdout' | 'stderr'; bytes: Uint8Array }>,
  stream: 'stdout' | 'stderr' | 'both',
): Promise<void> {
  for await (const chunk of log) {
    const target = stream === 'both' && chunk.stream === 'stderr' ? process.stderr : process.stdout;
    if (!target.write(chunk.bytes)) await once(target, 'drain');
  }
}
