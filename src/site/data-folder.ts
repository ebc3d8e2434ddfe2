import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import { systemClock } from '../base/clock.ts';
import type { RunStore } from '../store/index.ts';
import { loadConfiguration, type Configuration } from './configuration.ts';
import type { ConfigurationFlags } from './configuration/entries.ts';
import type { Caller } from './caller.ts';

/** The effective configuration of a command. `flags` are those that are settings too. */
export const configurationFor = (
  caller: Caller,
  flags: ConfigurationFlags = {},
): Promise<Configuration> =>
  loadConfiguration({ env: caller.env, cwd: caller.cwd, flags, uid: process.getuid?.() });

/** Where runs are kept: the setting `data-folder` (CYTO_RUN_HOME), else by the XDG specification. */
export function dataFolder({ values }: Configuration, { env }: Caller): string {
  const chosen = values['data-folder'];
  if (chosen !== undefined) return chosen;
  const xdg = env['XDG_DATA_HOME'] ?? '';
  return join(
    isAbsolute(xdg) ? xdg : join(env['HOME'] ?? homedir(), '.local', 'share'),
    'cyto-run',
  );
}

/** Opens the store of the data folder. SQLite is loaded only now. */
export async function openDataFolder(
  configuration: Configuration,
  caller: Caller,
): Promise<RunStore> {
  const { openStore } = await import('../store/index.ts');
  return openStore({ folder: dataFolder(configuration, caller), clock: systemClock });
}
