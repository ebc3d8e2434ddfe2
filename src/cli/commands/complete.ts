import { completions } from '../completion/words.ts';
import { configurationFor, openDataFolder, readDescriptorFile } from '../../site/index.ts';
import { descriptorArgument } from '../find-descriptor.ts';
import type { CommandRun } from '../commands.ts';
import type { Terminal } from '../terminal.ts';

/** `cyto-run __complete --line -- "LINE"`: for the completion scripts; one `word<TAB>meaning` a line. */
export const complete: CommandRun = async (args, { terminal }) => {
  const line = [args['--']].flat().map(String).join(' ');
  const words = line.split(/\s+/).slice(1);
  const given = descriptorArgument(words.slice(0, -1));
  const file =
    given === undefined
      ? undefined
      : await readDescriptorFile(given, terminal.cwd, { lenient: true }).catch(() => undefined);
  const found = completions({
    words,
    descriptor: file?.descriptor,
    runIds: await newestRunIds(terminal),
  });
  terminal.out(
    found.map(({ word, describe }) => `${word}\t${describe.replace(/\s+/g, ' ')}\n`).join(''),
  );
  return 0;
};

async function newestRunIds(terminal: Terminal): Promise<string[]> {
  try {
    using store = await openDataFolder(await configurationFor(terminal), terminal);
    return store.list({ limit: RUNS_OFFERED }).runs.map(({ runId }) => runId);
  } catch {
    // A completion never fails: without a data folder there are no runs to offer.
    return [];
  }
}

/** More than a screen of ids helps nobody. */
const RUNS_OFFERED = 20;
