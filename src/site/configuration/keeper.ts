import { statSync } from 'node:fs';

import {
  configurationOf,
  filesOf,
  gatherTexts,
  type Configuration,
  type ConfigurationInput,
  type ConfigurationTexts,
} from '../configuration.ts';
import type { ConfigurationFlags } from './entries.ts';
import type { FoundFile } from './file.ts';

/**
 * The configuration of a program that asks for it often: its files are read again only when one of
 * them has changed, has come or has gone.
 */
export class ConfigurationKeeper {
  readonly #saying: Omit<ConfigurationInput, 'flags'>;
  #known: { readonly state: string; readonly texts: Promise<ConfigurationTexts> } | undefined;

  constructor(saying: Omit<ConfigurationInput, 'flags'>) {
    this.#saying = saying;
  }

  /** As it is now, with these flags above. Throws as `loadConfiguration` does. */
  async with(flags: ConfigurationFlags): Promise<Configuration> {
    const files = filesOf(this.#saying);
    const state = files.map(stateOf).join('\n');
    if (this.#known?.state !== state)
      this.#known = { state, texts: gatherTexts(files, this.#saying) };
    const { texts } = this.#known;
    return configurationOf(await texts, flags, this.#saying);
  }
}

/** Another for another file, and for the same one written to. */
function stateOf({ path = '', warning = '' }: FoundFile): string {
  const stats = path === '' ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return `${path} ${warning}`;
  const { ino, size, mtimeNs, ctimeNs } = stats;
  return [path, ino, size, mtimeNs, ctimeNs].join(' ');
}
