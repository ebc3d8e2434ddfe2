import { systemClock } from '../../base/clock.ts';
import { compareRuns, renderComparison } from '../../report/index.ts';
import type { RunRecord } from '../../runner/index.ts';
import { newRunId } from '../../store/index.ts';
import { optionalText, texts } from '../arguments.ts';
import { openRunsPort, serverClient } from '../runs-port/index.ts';
import {
  configurationFor,
  prepareRerun,
  valuesOfFlags,
  type Configuration,
} from '../../site/index.ts';
import { executeWatched } from '../execute.ts';
import { exitCodeOf } from '../exit-code.ts';
import { openRuns } from '../../site/runs/index.ts';
import { tellEnding } from '../tell-ending.ts';
import { textOptions, type Terminal } from '../terminal.ts';
import type { CommandArguments, CommandRun } from '../commands.ts';

/**
 * `cyto-run rerun RUN`: the same descriptor, values, options and image again; says what differs, in
 * what went in and in what came out. Exit code 1 when both completed and an output differs.
 */
export const rerun: CommandRun = async (args, { terminal }) => {
  const configuration = await configurationFor(terminal, {
    ...flag('log-format', args),
    ...flag('server', args),
  });
  const client = await serverClient(configuration, terminal);
  using port = await openRunsPort(args, terminal);
  const before = await port.read(await port.runArgument(args['run']));
  const json = args['json'] === true;
  const context = { terminal, configuration };
  const { after, comparison } =
    client === undefined
      ? await rerunHere(before, args, context)
      : await (
          await import('../on-server/rerun-on-server.ts')
        ).rerunOnServer(before, args, { ...context, client });
  if (json) terminal.out(`${JSON.stringify({ run: after, comparison }, null, 2)}\n`);
  else {
    await tellEnding(after, port, { terminal, json });
    terminal.out(
      renderComparison(comparison as Comparison, {
        ...textOptions(terminal, 'out'),
      }),
    );
  }
  return endCode(
    before,
    after,
    comparison.outputs.some(({ result }) => result !== 'same'),
  );
};

type Comparison = ReturnType<typeof compareRuns>;

function flag(name: string, args: CommandArguments): Record<string, string> {
  const value = optionalText(args[name]);
  return value === undefined ? {} : { [name]: value };
}

async function rerunHere(
  before: RunRecord,
  args: CommandArguments,
  {
    terminal,
    configuration,
  }: { readonly terminal: Terminal; readonly configuration: Configuration },
): Promise<{ readonly after: RunRecord; readonly comparison: Comparison }> {
  using runs = await openRuns(terminal, configuration);
  const { store, engines } = runs;
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
      json: args['json'] === true,
      diagnostics: [],
    },
  );
  return { after, comparison: compareRuns(before, after) };
}

function endCode(before: RunRecord, after: RunRecord, outputsDiffer: boolean): number {
  if (after.state !== 'COMPLETE') return exitCodeOf(after);
  return before.state === 'COMPLETE' && outputsDiffer ? 1 : 0;
}
