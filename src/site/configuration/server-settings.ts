import { RunnerError } from '../../base/errors.ts';
import { parseCount } from '../quantities.ts';
import { optional, setting } from './setting.ts';

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The settings of `cyto-run serve`. */
export const SERVER_SETTINGS = {
  'serve.listen': setting<ListenAddress>({
    atStart: true,
    variable: 'CYTO_RUN_LISTEN',
    flag: 'listen',
    parse: parseListen,
    initial: { host: '127.0.0.1', port: 8350 },
    initialText: '127.0.0.1:8350',
  }),
  'serve.slots': optional({
    variable: 'CYTO_RUN_SLOTS',
    flag: 'slots',
    parse: parseCount,
    initialText: 'one for each CPU',
  }),
};

/** `HOST:PORT`, `[::1]:PORT` or `PORT` of loopback; port 0 is any that is free. Throws `usage`. */
function parseListen(text: string): ListenAddress {
  const [, bracketed, plain, digits = ''] =
    /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):)?(\d{1,5})$/.exec(text.trim()) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535)
    throw new RunnerError('usage', `${JSON.stringify(text)} is not HOST:PORT`, {
      details: { value: text, rule: 'HOST:PORT' },
      hint: 'Write 127.0.0.1:8350, [::1]:8350, or the port alone.',
    });
  return { host: bracketed ?? plain ?? '127.0.0.1', port };
}
