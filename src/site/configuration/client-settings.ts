import { RunnerError } from '../../base/errors.ts';
import { optional } from './setting.ts';

/** Which server the command line is a client of. */
export const CLIENT_SETTINGS = {
  'server.url': optional({
    variable: 'CYTO_RUN_SERVER',
    flag: 'server',
    parse: parseServer,
    initialText: 'none: runs are those of this machine',
  }),
  'server.token-file': optional({
    variable: 'CYTO_RUN_TOKEN_FILE',
    isPath: true,
    parse: (text: string) => text,
    initialText: 'none',
  }),
};

/** An address; `local` takes back what another place set. Throws `usage`. */
function parseServer(text: string): string | undefined {
  const word = text.trim();
  if (word === 'local') return undefined;
  if (URL.canParse(word) && /^https?:$/.test(new URL(word).protocol)) return word;
  throw new RunnerError('usage', `${JSON.stringify(text)} is not the address of a server`, {
    details: { value: text, rule: 'http://HOST:PORT, https://HOST or local' },
    hint: 'Write http://127.0.0.1:8350, or local for this machine.',
  });
}
