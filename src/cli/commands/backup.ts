import { resolve } from 'node:path';

import { ERROR_CODES, RunnerError } from '../../base/errors.ts';
import { fileSize } from '../../base/file-size.ts';

import { configurationFor, openDataFolder } from '../../site/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandRun } from '../commands.ts';
import { listenForInterrupts } from '../interrupt.ts';

/** `cyto-run backup PATH`: the data folder, or with `.db` at the end its database, as it is at one moment. */
export const backup: CommandRun = async (args, { terminal }) => {
  const path = optionalText(args['path']);
  if (path === undefined)
    throw new RunnerError('usage', 'where is the backup to be?', {
      hint: 'Give a path where nothing is yet, for example: cyto-run backup /backup/cyto-run',
    });
  using store = await openDataFolder(await configurationFor(terminal), terminal);
  using interrupts = listenForInterrupts(
    () => {
      terminal.err('stopping\n');
    },
    () => undefined,
  );
  try {
    const report = await store.upkeep.backup(resolve(terminal.cwd, path), interrupts.stop);
    for (const runId of report.withoutFiles)
      terminal.err(
        `warning: run ${runId} was removed meanwhile; its files are not in the backup\n`,
      );
    terminal.out(
      args['json'] === true
        ? `${JSON.stringify(report, null, 2)}\n`
        : `${report.runs} runs, ${fileSize(report.bytes)}, in ${report.path}\n`,
    );
    return 0;
  } catch (error) {
    if (interrupts.stop.aborted) return ERROR_CODES.canceled.exitCode;
    throw error;
  }
};
