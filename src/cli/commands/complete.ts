import { existsSync } from 'node:fs';
import { posix } from 'node:path';

import type { Descriptor } from '../../descriptor/index.ts';
import { readDescriptorFile } from '../../site/index.ts';
import type { CommandRun } from '../commands.ts';
import {
  completionDeadline,
  knownNames,
  newestNames,
  type KnownNames,
} from '../completion/known-names.ts';
import { completions, namesWanted } from '../completion/words.ts';
import { descriptorArgument } from '../find-descriptor.ts';
import { publishedSchemaNames } from '../published-schemas.ts';
import { mayBeApp, serverApp } from '../on-server/server-app.ts';
import type { Terminal } from '../terminal.ts';

/**
 * `cyto-run __complete --line -- "LINE"`: for the completion scripts; one `word<TAB>meaning` a line.
 * Never fails: what cannot be found out soon is not offered.
 */
export const complete: CommandRun = async (args, { terminal }) => {
  const line = [args['--']].flat().map(String).join(' ');
  const words = line.split(/\s+/).slice(1);
  const kind = namesWanted(words);
  using deadline = completionDeadline();
  // Asked once, and only where something of it is needed.
  let asked: Promise<KnownNames> | undefined;
  const known = (): Promise<KnownNames> => (asked ??= knownNames(words, terminal, deadline.signal));
  const found = completions({
    words,
    descriptor: await descriptorOf(words, terminal, known).catch(() => undefined),
    names:
      kind === undefined
        ? []
        : kind === 'schema'
          ? publishedSchemaNames()
          : await known()
              .then((names) => newestNames(kind, names, terminal))
              .catch(() => []),
  });
  terminal.out(
    found.map(({ word, describe }) => `${word}\t${describe.replace(/\s+/g, ' ')}\n`).join(''),
  );
  return 0;
};

/** Of a file, or of an app that the server has. */
async function descriptorOf(
  words: readonly string[],
  terminal: Terminal,
  known: () => Promise<KnownNames>,
): Promise<Descriptor | undefined> {
  const given = descriptorArgument(words.slice(0, -1));
  if (given === undefined) return undefined;
  if (existsSync(posix.resolve(terminal.cwd, given)))
    return (await readDescriptorFile(given, terminal.cwd, { lenient: true })).descriptor;
  if (!mayBeApp(given)) return undefined;
  const { client } = await known();
  return client && (await serverApp(given, client.apps)).descriptor;
}
