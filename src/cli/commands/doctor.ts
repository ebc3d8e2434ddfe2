import { statfs } from 'node:fs/promises';

import { messageOf, RunnerError } from '../../base/errors.ts';
import { fileSize, painter } from '../../report/index.ts';
import { configurationFor, dataFolder, openDataFolder } from '../data-folder.ts';
import { checkContainer } from '../doctor/container-check.ts';
import { Engines } from '../engines.ts';
import { wantsColor, type Terminal } from '../terminal.ts';
import type { CommandRun } from '../commands.ts';
import type { Check } from '../doctor/check.ts';

/** `cyto-run doctor`: what works here, found out by doing it. Exit code 69 when nothing could be run. */
export const doctor: CommandRun = async (args, { terminal }) => {
  const data = await dataCheck(terminal);
  const checks: Check[] = [nodeCheck(), data.check, ...(await engineChecks(terminal))];
  if (args['json'] === true)
    terminal.out(`${JSON.stringify({ dataId: data.dataId, checks }, null, 2)}\n`);
  else terminal.out(rendered(checks, wantsColor(terminal.outIsTerminal, terminal.env)));
  return checks.some(({ result }) => result === 'fails') ? 69 : 0;
};

const nodeCheck = (): Check => ({
  name: 'Node',
  result: 'works',
  detail: `${process.version} on ${process.platform} ${process.arch}`,
});

async function dataCheck(terminal: Terminal): Promise<{ check: Check; dataId?: string }> {
  const name = 'data folder';
  try {
    const configuration = await configurationFor(terminal);
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

async function engineChecks(terminal: Terminal): Promise<Check[]> {
  try {
    const configuration = await configurationFor(terminal);
    const folder = dataFolder(configuration, terminal);
    const engine = await new Engines({ dataFolder: folder, configuration }).open('docker');
    const info = await engine.info();
    const limitations = Object.entries(info.limitations).map(([promise, { sentence }]) => ({
      name: `${info.name}: ${promise}`,
      result: 'weak' as const,
      detail: sentence,
    }));
    return [
      {
        name: info.name,
        result: 'works',
        detail: `version ${info.version}, ${info.platform}, ${info.cpus} cores, ${fileSize(info.memoryBytes)} memory`,
      },
      ...limitations,
      {
        name: 'GPU',
        result: info.gpus === 'available' ? 'works' : 'absent',
        detail:
          info.gpus === 'available'
            ? 'the engine can give one'
            : 'none; apps that ask for one are refused unless it is optional',
        ...(info.gpus === 'available'
          ? {}
          : { hint: 'With an NVIDIA card: install the NVIDIA container toolkit.' }),
      },
      ...(await checkContainer(engine)),
    ];
  } catch (error) {
    return [failed('docker', error)];
  }
}

function failed(name: string, error: unknown): Check {
  const hint = error instanceof RunnerError ? error.hint : undefined;
  return {
    name,
    result: 'fails',
    detail: messageOf(error),
    ...(hint === undefined ? {} : { hint }),
  };
}

const MARKS = { works: '✓', weak: '!', absent: '–', fails: '✗' } as const;

function rendered(checks: readonly Check[], color: boolean): string {
  const paint = painter(color);
  const paints = { works: paint.green, weak: paint.yellow, absent: paint.dim, fails: paint.red };
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, result, detail, hint }) => {
      const mark = paints[result](MARKS[result]);
      const try_ = hint === undefined ? '' : `\n${' '.repeat(width + 4)}try: ${hint}`;
      return `${mark} ${name.padEnd(width)}  ${detail}${try_}\n`;
    })
    .join('');
}
