import { fileSize } from '../../base/file-size.ts';
import { statfs } from 'node:fs/promises';

import { painter } from '../../report/index.ts';
import {
  configurationFor,
  dataFolder,
  openDataFolder,
  Engines,
  engineFor,
  chosenCluster,
  type Configuration,
  type ConfigurationFlags,
} from '../../site/index.ts';
import { wantsColor, type Terminal } from '../terminal.ts';
import { optionalText } from '../arguments.ts';
import type { CommandArguments, CommandRun } from '../commands.ts';
import { failed, type Check } from '../doctor/check.ts';
import { engineReports, type EnginesQuestion } from '../doctor/engine-checks.ts';

/**
 * `cyto-run doctor`: what works here, found out by doing it, on every engine. Exit code 69 when
 * nothing could be run on the default engine, or on the one that was named.
 */
export const doctor: CommandRun = async (args, { terminal }) => {
  const configuration = await configurationFor(terminal, engineFlags(args));
  const data = await dataCheck(configuration, terminal);
  const choice = engineFor(configuration, terminal.env);
  const named = ['engine', 'cluster'].some(
    (key) => configuration.sources.get(key)?.kind === 'flag',
  );
  const engines = await engineReports({
    engines: new Engines({ dataFolder: dataFolder(configuration, terminal), configuration }),
    choice,
    only: named ? choice.name : undefined,
    env: terminal.env,
    ...clustersOf(configuration, args['cluster'] !== undefined),
  });
  const checks: Check[] = [nodeCheck(), data.check, ...engines.flatMap((one) => one.checks)];
  if (args['json'] === true) {
    const report = { dataId: data.dataId, default: choice, engines, checks };
    terminal.out(`${JSON.stringify(report, null, 2)}\n`);
  } else terminal.out(rendered(checks, wantsColor(terminal.outIsTerminal, terminal.env)));
  const decisive = [data.check, ...engines.flatMap((one) => (one.isDefault ? one.checks : []))];
  return decisive.some(({ result }) => result === 'fails') ? 69 : 0;
};

function engineFlags(args: CommandArguments): ConfigurationFlags {
  const engine = optionalText(args['engine']);
  const cluster = optionalText(args['cluster']);
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(cluster === undefined ? {} : { cluster }),
  };
}

/** All of them, and the one that a run would go to; only that one where it was named. */
function clustersOf(
  configuration: Configuration,
  isNamed: boolean,
): Pick<EnginesQuestion, 'clusters' | 'cluster'> {
  const all = [...configuration.clusters.keys()];
  const cluster =
    configuration.values.cluster === undefined && all.length > 1
      ? undefined
      : chosenCluster(configuration)?.name;
  return { clusters: isNamed && cluster !== undefined ? [cluster] : all, cluster };
}

const nodeCheck = (): Check => ({
  name: 'Node',
  result: 'works',
  detail: `${process.version} on ${process.platform} ${process.arch}`,
});

async function dataCheck(
  configuration: Configuration,
  terminal: Terminal,
): Promise<{ check: Check; dataId?: string }> {
  const name = 'data folder';
  try {
    using store = await openDataFolder(configuration, terminal);
    const { dataId } = store;
    const { bavail, bsize } = await statfs(store.folder);
    const free = bavail * bsize;
    const check: Check = {
      name,
      result: free < LOW_SPACE_BYTES ? 'weak' : 'works',
      detail: `${dataFolder(configuration, terminal)} (${dataId.slice(0, 8)}), ${fileSize(free)} free`,
      ...(free < LOW_SPACE_BYTES ? { hint: 'Outputs and logs go there: free some space.' } : {}),
    };
    return { check, dataId };
  } catch (error) {
    return { check: failed(name, error) };
  }
}

/** Less than a few slides' outputs. */
const LOW_SPACE_BYTES = 2_000_000_000;

const MARKS = { works: '✓', weak: '!', absent: '–', fails: '✗' } as const;

/** An engine's own checks stand below it. */
function rendered(checks: readonly Check[], color: boolean): string {
  const paint = painter(color);
  const paints = { works: paint.green, weak: paint.yellow, absent: paint.dim, fails: paint.red };
  const indent = ({ name, engine }: Check): string =>
    engine === undefined || engine === name ? '' : '  ';
  const width = Math.max(...checks.map((check) => indent(check).length + check.name.length));
  return checks
    .map((check) => {
      const { name, result, detail, hint } = check;
      const before = indent(check);
      const mark = paints[result](MARKS[result]);
      const try_ = hint === undefined ? '' : `\n${' '.repeat(width + 4)}try: ${hint}`;
      return `${before}${mark} ${name.padEnd(width - before.length)}  ${detail}${try_}\n`;
    })
    .join('');
}
