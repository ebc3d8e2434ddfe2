import { BlockList, isIP } from 'node:net';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { parseCount, parseDuration, parseSize } from '../quantities.ts';
import { optional, setting } from './setting.ts';

const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

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
  'serve.log-level': setting<LogLevel>({
    variable: 'CYTO_RUN_LOG_LEVEL',
    choices: LOG_LEVELS,
    parse: parseLevel,
    initial: 'info',
  }),
  'serve.log-file': optional({
    atStart: true,
    variable: 'CYTO_RUN_LOG_FILE',
    isPath: true,
    parse: (text: string) => text,
    initialText: 'standard error',
  }),
  'serve.traces': optional({
    atStart: true,
    variable: 'CYTO_RUN_TRACES',
    parse: parseEndpoint,
    initialText: 'as OTEL_EXPORTER_OTLP_ENDPOINT says',
  }),
  'serve.webhook-attempts': setting<number>({
    variable: 'CYTO_RUN_WEBHOOK_ATTEMPTS',
    parse: parseCount,
    initial: LIMITS.webhookAttemptsMax,
  }),
  'serve.webhook-networks': setting<readonly string[]>({
    variable: 'CYTO_RUN_WEBHOOK_NETWORKS',
    parse: parseNetworks,
    initial: [],
    initialText: 'public addresses only',
  }),
};

function parseLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text.trim().toLowerCase());
  if (level === undefined) throw refused(text, `one of ${LOG_LEVELS.join(', ')}`, LOG_LEVELS);
  return level;
}

function parseEndpoint(text: string): string {
  const url = URL.parse(text.trim());
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw refused(text, 'an http or https URL');
  return text.trim();
}

/** Blocks of addresses with commas or spaces between. */
function parseNetworks(text: string): readonly string[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const list = new BlockList();
  for (const word of words) {
    const [address = '', prefix] = word.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    try {
      if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) throw new TypeError('no prefix');
      list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
    } catch {
      throw refused(word, 'a block of addresses such as 10.20.0.0/16 or fd00:1234::/32');
    }
  }
  return words;
}

const refused = (text: string, rule: string, choices?: readonly string[]): RunnerError =>
  new RunnerError('usage', `${JSON.stringify(text)} is not ${rule}`, {
    details: { value: text, rule, ...(choices === undefined ? {} : { choices }) },
  });
