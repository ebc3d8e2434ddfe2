import { parseCount, parseDuration, parseSize } from '../quantities.ts';
import { optional } from './setting.ts';

/** How a server is operated: what it keeps, what it tells of itself. */
export const OPERATION_SETTINGS = {
  'serve.retention.keep': optional({
    variable: 'CYTO_RUN_SERVE_KEEP',
    parse: parseDuration,
    initialText: 'for ever',
  }),
  'serve.retention.runs': optional({
    variable: 'CYTO_RUN_SERVE_KEEP_RUNS',
    parse: parseCount,
    initialText: 'any number',
  }),
  'serve.retention.quota': optional({
    variable: 'CYTO_RUN_SERVE_QUOTA',
    parse: parseSize,
    initialText: 'no limit',
  }),
  'serve.retention.user-quota': optional({
    variable: 'CYTO_RUN_SERVE_USER_QUOTA',
    parse: parseSize,
    initialText: 'no limit',
  }),
};
