import { systemClock } from '../../base/clock.ts';
import { compareRuns, renderComparison } from '../../report/index.ts';
import type { RunRecord } from '../../runner/index.ts';
import { newRunId } from '../../store/index.ts';
import { optionalText, runArgument, texts } from '../arguments.ts';
import { configurationFor, prepareRerun, valuesOfFlags } from '../../site/index.ts';
import { executeWatched } from '../execute.ts';
import { exitCodeOf } from '../exit-code.ts';
import { openRuns } from '../../site/runs/index.ts';
import { tellEnding } from '../tell-ending.ts';
import { wantsColor } from '../terminal.ts';
import type { CommandRun } from '../commands.ts';

/**
 * `cyto-run rerun RUN`: the same descriptor, values, options and image again; says what differs, in
 * what went in and in what came out. Exit code 1 when both completed and an output differs.
 */
export const rerun: CommandRun = async (args, { terminal }) => {
  const format = optionalText(args['log-format']);
  const configuration = await configurationFor(
    terminal,
    format === undefined ? {} : { 'log-format': format },
  );
  using runs = await openRuns(terminal, configuration);
  const { store, engines } = runs;
  const before = store.read(runArgument(store, args['run']));
  const json = args['json'] === true;
  const prepared = await prepareRerun(before, {
    values: await valuesOfFlags(
      { params: texts(args['param']), serverParams: texts(args['server-param']) },
      terminal,
    ),
    environment: texts(args['env']),
    outFolder: optionalText(args['out']),
    currentImage: args['current-image'] === true,
    caller: terminal,
  });
  const after = await executeWatched(
    { ...prepared, runId: newRunId(systemClock) },
    {
      store,
      engine: await engines.open(before.options.engine, before.options.cluster),
      terminal,
      configuration,
      verbose: args['verbose'] === true,
      quiet: args['quiet'] === true,
      json,
      diagnostics: [],
    },
  );
  const comparison = compareRuns(before, after);
  if (json) terminal.out(`${JSON.stringify({ run: after, comparison }, null, 2)}\n`);
  else {
    await tellEnding(after, store, { terminal, json });
    terminal.out(
      renderComparison(comparison, {
        color: wantsColor(terminal.outIsTerminal, terminal.env),
        width: terminal.width,
      }),
    );
  }
  return endCode(
    before,
    after,
    comparison.outputs.some(({ result }) => result !== 'same'),
  );
};

function endCode(before: RunRecord, after: RunRecord, outputsDiffer: boolean): number {
  if (after.state !== 'COMPLETE') return exitCodeOf(after);
  return before.state === 'COMPLETE' && outputsDiffer ? 1 : 0;
}
