import { compactDisplay } from './display/compact.ts';
import { jsonDisplay } from './display/json.ts';
import type { DisplayOptions, LiveDisplay } from './display/options.ts';
import { plainDisplay } from './display/plain.ts';

export type { DisplayOptions, LiveDisplay } from './display/options.ts';

/** How a run is shown on stderr while it lasts: drawn on a terminal, lines in a log, JSON for a program. */
export function liveDisplay(options: DisplayOptions): LiveDisplay {
  if (options.logFormat === 'json') return jsonDisplay(options);
  return options.isTerminal ? compactDisplay(options) : plainDisplay(options);
}
