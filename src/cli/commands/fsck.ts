import { messageOf, RunnerError } from '../../base/errors.ts';
import { configurationFor, openDataFolder } from '../../site/index.ts';
import type { Flaw } from '../../store/index.ts';
import type { CommandRun } from '../commands.ts';

interface Found extends Flaw {
  readonly repaired: boolean;
}

/** `cyto-run fsck [--repair]`: what is wrong in the data folder. Exit code 1 when something stays so. */
export const fsck: CommandRun = async (args, { terminal }) => {
  using store = await openDataFolder(await configurationFor(terminal), terminal);
  const isRepair = args['repair'] === true;
  const isJson = args['json'] === true;
  const found: Found[] = [];
  for (const flaw of store.upkeep.flaws()) {
    const repaired = isRepair && (await repair(flaw));
    found.push({ ...flaw, repaired });
    if (!isJson) terminal.out(line(flaw, repaired));
  }
  const left = found.filter(({ repaired }) => !repaired);
  if (isJson) terminal.out(`${JSON.stringify({ folder: store.folder, flaws: found }, null, 2)}\n`);
  else if (found.length === 0) terminal.out(`${store.folder} is sound\n`);
  if (!isRepair && left.some(({ remedy }) => remedy !== undefined))
    terminal.err('hint: `cyto-run fsck --repair` mends what can be mended\n');
  return left.length === 0 ? 0 : 1;

  async function repair(flaw: Flaw): Promise<boolean> {
    try {
      return await store.upkeep.repair(flaw);
    } catch (error) {
      // One that cannot be mended is no reason to leave the others.
      if (!(error instanceof RunnerError)) throw error;
      terminal.err(`${flaw.subject}: ${messageOf(error)}\n`);
      return false;
    }
  }
};

const line = ({ kind, subject, problem, remedy }: Flaw, repaired: boolean): string =>
  `${kind}  ${subject}: ${problem}${repaired && remedy !== undefined ? `; ${remedy}` : ''}\n`;
