import { systemClock } from '../base/clock.ts';
import type { Configuration } from '../site/index.ts';
import { compactDisplay } from './display/compact.ts';
import { jsonDisplay } from './display/json.ts';
import type { DisplayOptions, LiveDisplay } from './display/options.ts';
import { plainDisplay } from './display/plain.ts';
import { wantsColor, type Terminal } from './terminal.ts';

export type { DisplayOptions, LiveDisplay } from './display/options.ts';

/** How a run is shown on stderr while it lasts: drawn on a terminal, lines in a log, JSON for a program. */
export function liveDisplay(options: DisplayOptions): LiveDisplay {
  if (options.logFormat === 'json') return jsonDisplay(options);
  return options.isTerminal ? compactDisplay(options) : plainDisplay(options);
}

/** What says how one run is told. */
interface TellingContext {
  readonly terminal: Terminal;
  readonly configuration: Configuration;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** The display of a run that a person or a program follows, here or on a server. */
export function displayOn({
  terminal,
  configuration,
  verbose,
  quiet,
}: TellingContext): LiveDisplay {
  const logFormat = configuration.values['log-format'];
  return liveDisplay({
    write: quiet ? () => undefined : terminal.err,
    clock: systemClock,
    isTerminal: terminal.errIsTerminal && logFormat === 'text' && !quiet,
    color: wantsColor(terminal.errIsTerminal, terminal.env),
    width: () => terminal.width,
    verbose,
    logFormat,
  });
}
