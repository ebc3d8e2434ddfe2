import { resolve } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { nearestName } from '../../descriptor/index.ts';
import {
  checkConfiguration,
  configurationDocument,
  configurationFor,
  dataFolder,
  renderConfiguration,
  type CheckedConfiguration,
  type ConfigurationFinding,
} from '../../site/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandArguments, CommandRun } from '../commands.ts';
import { painter } from '../../report/index.ts';
import { wantsColor, type Terminal } from '../terminal.ts';

const ACTIONS: Readonly<
  Record<string, (args: CommandArguments, terminal: Terminal) => Promise<number>>
> = { show, check };

/** `cyto-run config show`: every effective setting and where it came from; `config check`: what is wrong. */
export const config: CommandRun = (args, { terminal }) => {
  const action = optionalText(args['action']) ?? 'show';
  const perform = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (perform !== undefined) return perform(args, terminal);
  const near = nearestName(action, Object.keys(ACTIONS));
  throw new RunnerError('usage', `there is no \`cyto-run config ${action}\``, {
    hint:
      near === undefined
        ? 'There are `cyto-run config show` and `cyto-run config check [FILE]`.'
        : `Did you mean \`cyto-run config ${near}\`?`,
  });
};

async function show(args: CommandArguments, terminal: Terminal): Promise<number> {
  if (args['file'] !== undefined)
    throw new RunnerError('usage', '`cyto-run config show` takes no file', {
      hint: 'CYTO_RUN_CONFIG=FILE cyto-run config show shows what is so with it.',
    });
  const configuration = await configurationFor(terminal);
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(configurationDocument(configuration), null, 2)}\n`
      : renderConfiguration(configuration),
  );
  terminal.err(`runs are kept in ${dataFolder(configuration, terminal)}\n`);
  return 0;
}

async function check(args: CommandArguments, terminal: Terminal): Promise<number> {
  const { env, cwd } = terminal;
  const given = optionalText(args['file']);
  const { servingFaults } = await import('../../daemon/index.ts');
  const checked = await checkConfiguration(
    { env, cwd, uid: process.getuid?.() },
    given === undefined ? undefined : resolve(cwd, given),
    servingFaults,
  );
  const isGood = !checked.findings.some(({ strength }) => strength === 'error');
  if (args['json'] === true)
    terminal.out(`${JSON.stringify({ valid: isGood, ...checked }, null, 2)}\n`);
  else terminal.out(told(checked, terminal));
  return isGood ? 0 : 78;
}

function told({ files, findings }: CheckedConfiguration, terminal: Terminal): string {
  const paint = painter(wantsColor(terminal.outIsTerminal, terminal.env));
  const line = ({ strength, where, message, hint }: ConfigurationFinding): string => {
    const word = strength === 'error' ? paint.red('error') : paint.yellow('warning');
    const place = where === undefined ? '' : `${where}: `;
    return `${place}${word}: ${message}\n${hint === undefined ? '' : `  → ${hint}\n`}`;
  };
  const what = files.length === 0 ? 'no file, and the variables' : files.join(', ');
  const count = (strength: ConfigurationFinding['strength']): string => {
    const { length } = findings.filter((finding) => finding.strength === strength);
    return length === 0 ? '' : `${length} ${strength}${length === 1 ? '' : 's'}`;
  };
  const counts = [count('error'), count('warning')].filter((text) => text !== '').join(', ');
  return `${findings.map(line).join('')}${what}: ${counts === '' ? 'nothing is wrong' : counts}\n`;
}
