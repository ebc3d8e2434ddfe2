import { dateAt, systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { configurationFor, openDataFolder, parseDuration } from '../../site/index.ts';
import type { StoredToken, TokenScope, TokenStore } from '../../store/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandRun } from '../commands.ts';
import type { Terminal } from '../terminal.ts';

/**
 * `cyto-run token create|list|revoke`: who may use the server of this data folder. It need not run, and
 * hears of it at once when it does.
 */
export const token: CommandRun = async (args, { terminal }) => {
  using store = await openDataFolder(await configurationFor(terminal), terminal);
  const { tokens } = store.server;
  const isJson = args['json'] === true;
  const name = optionalText(args['name']);
  switch (args['action']) {
    case 'create':
      create(tokens, { ...args, name: needed(name, 'create NAME') }, { terminal, isJson });
      return 0;
    case 'list':
      list(tokens.list(), terminal, isJson);
      return 0;
    case 'revoke': {
      const revoked = tokens.revoke(needed(name, 'revoke NAME'));
      if (isJson) terminal.out(`${JSON.stringify(revoked, null, 2)}\n`);
      else terminal.err(`${revoked.name} is good for nothing any more\n`);
      return 0;
    }
    default:
      throw new RunnerError('usage', `there is no \`cyto-run token ${String(args['action'])}\``, {
        hint: 'There is create, list and revoke.',
      });
  }
};

function create(
  tokens: TokenStore,
  args: Readonly<Record<string, unknown>> & { readonly name: string },
  { terminal, isJson }: { readonly terminal: Terminal; readonly isJson: boolean },
): void {
  const expires = optionalText(args['expires']);
  const isFirst = !tokens.any();
  const { token: made, text } = tokens.create({
    name: args.name,
    owner: optionalText(args['owner']) ?? args.name,
    scope: args['scope'] as TokenScope,
    expiresAt: expires === undefined ? undefined : momentIn(parseDuration(expires)),
  });
  terminal.out(isJson ? `${JSON.stringify({ ...made, token: text }, null, 2)}\n` : `${text}\n`);
  terminal.err('it is shown this once; keep it as you keep a password\n');
  if (isFirst) terminal.err('from now on every request to the server needs a token\n');
}

const momentIn = (ms: number): string => dateAt(systemClock.now().getTime() + ms).toISOString();

function list(tokens: readonly StoredToken[], terminal: Terminal, isJson: boolean): void {
  if (isJson) {
    terminal.out(`${JSON.stringify(tokens, null, 2)}\n`);
    return;
  }
  if (tokens.length === 0) terminal.err('there are no tokens\n');
  for (const { name, owner, scope, id, ...token } of tokens)
    terminal.out(`${[name, scope, `of ${owner}`, id, fateOf(token)].join('  ')}\n`);
}

function fateOf({ revokedAt, expiresAt, lastUsedAt }: Partial<StoredToken>): string {
  if (revokedAt !== undefined) return `revoked ${revokedAt}`;
  const used = lastUsedAt === undefined ? 'never used' : `used ${lastUsedAt}`;
  return expiresAt === undefined ? used : `${used}, until ${expiresAt}`;
}

function needed(name: string | undefined, usage: string): string {
  if (name !== undefined) return name;
  throw new RunnerError('usage', 'which token?', { hint: `Write cyto-run token ${usage}.` });
}
