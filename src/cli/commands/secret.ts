import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { configurationFor, openDataFolder, readTextFile } from '../../site/index.ts';
import type { NamedSecret, SecretUsers } from '../../store/index.ts';
import { optionalText, texts } from '../arguments.ts';
import type { CommandRun } from '../commands.ts';
import type { Terminal } from '../terminal.ts';

/**
 * `cyto-run secret set|list|rm`: values that runs of the server may refer to by name. A value is read
 * from a file or from standard input, never from the command line, which others can see.
 */
export const secret: CommandRun = async (args, { terminal }) => {
  using store = await openDataFolder(await configurationFor(terminal), terminal);
  const { secrets } = store.server;
  const isJson = args['json'] === true;
  const name = optionalText(args['name']);
  switch (args['action']) {
    case 'set': {
      const users: SecretUsers = args['everyone'] === true ? 'everyone' : texts(args['for']);
      const value = await readValue(optionalText(args['file']) ?? '-', terminal);
      const kept = secrets.put(needed(name), value, users);
      if (isJson) terminal.out(`${JSON.stringify(kept, null, 2)}\n`);
      else terminal.err(`${kept.name} is kept, for ${usersText(kept)}\n`);
      return 0;
    }
    case 'list':
      list(secrets.list(), terminal, isJson);
      return 0;
    case 'rm':
      secrets.remove(needed(name));
      terminal.err(`${String(name)} is forgotten\n`);
      return 0;
    default:
      throw new RunnerError('usage', `there is no \`cyto-run secret ${String(args['action'])}\``, {
        hint: 'There is set, list and rm.',
      });
  }
};

/** Without the line end that `echo` and editors put behind it. */
async function readValue(file: string, terminal: Terminal): Promise<string> {
  const text = await readTextFile(file, terminal, {
    bytesMax: LIMITS.secretBytesMax + 2,
    purpose: {
      code: 'usage',
      hint: 'Give a file that holds the value, or write it to standard input.',
    },
  });
  return text.replace(/\r?\n$/, '');
}

function list(secrets: readonly NamedSecret[], terminal: Terminal, isJson: boolean): void {
  if (isJson) {
    terminal.out(`${JSON.stringify(secrets, null, 2)}\n`);
    return;
  }
  if (secrets.length === 0) terminal.err('there are no secrets\n');
  for (const kept of secrets)
    terminal.out(`${kept.name}  for ${usersText(kept)}  changed ${kept.changedAt}\n`);
}

function usersText({ users }: NamedSecret): string {
  if (users === 'everyone') return 'everyone';
  return users.length === 0 ? 'administrators' : [...users, 'administrators'].join(', ');
}

function needed(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new RunnerError('usage', 'which secret?', {
    hint: 'Write cyto-run secret set NAME < FILE.',
  });
}
