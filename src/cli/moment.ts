import { dateAt, epochMs } from '../base/clock.ts';
import { RunnerError } from '../base/errors.ts';
import { parseDuration } from '../site/index.ts';

/** A time as a person gives it: `2h` and `30d` ago, or a date. Throws `usage`. */
export function parseMoment(text: string, now: Date): Date {
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? epochMs(text) : now.getTime() - durationOf(text);
  if (Number.isNaN(at)) throw notATime(text);
  return dateAt(at);
}

function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw notATime(text, error);
  }
}

const notATime = (text: string, cause?: unknown): RunnerError =>
  new RunnerError('usage', `${JSON.stringify(text)} is not a time`, {
    cause,
    hint: 'Write how long ago, for example 2h or 30d, or a date such as 2026-11-01.',
  });
