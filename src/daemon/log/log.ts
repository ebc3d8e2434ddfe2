import { destination, pino, type Logger } from 'pino';

import type { Clock } from '../../base/clock.ts';

export interface LogOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** For people, in colour; else one JSON object a line. */
  readonly pretty: boolean;
  /** Absent: standard error. */
  readonly file?: string | undefined;
  readonly clock: Clock;
}

/** What the server tells of itself. Facts first, then a sentence, as pino has it. */
export type ServerLog = Logger;

/**
 * The server's log. Written synchronously: the line before a crash is the one that is looked for.
 * What is told is chosen where it is told, so no secret comes near it; headers, bodies and URLs are
 * never told.
 */
export async function openLog({ level, pretty, file, clock }: LogOptions): Promise<ServerLog> {
  const options = {
    level,
    // The process and the machine are known to whoever collects logs.
    base: {},
    timestamp: () => `,"at":"${clock.now().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const where = file ?? STDERR;
  if (!pretty)
    return pino(options, destination({ dest: where, sync: true, mkdir: true, mode: 0o600 }));
  // Loaded only for people.
  const { default: prettyStream } = await import('pino-pretty');
  return pino(
    options,
    prettyStream({
      ...{ destination: where, sync: true, mkdir: true, colorize: file === undefined },
      ...{ timestampKey: 'at', translateTime: false, singleLine: true },
    }),
  );
}

const STDERR = 2;
