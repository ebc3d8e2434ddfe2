import { ERROR_CODES } from '../../src/base/errors.ts';
import type { WireRequest } from './api-requests.ts';
import type { WireAnswer } from './wire-client.ts';

/** What every answer has, whatever was asked. */
const HEADERS: Readonly<Record<string, RegExp>> = {
  'content-security-policy': /default-src 'none'/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-resource-policy': /^same-origin$/,
};

/** A receiver, an engine or the disk fails; 500 is the server itself. */
const OF_THE_WORLD = [502, 503, 507];

/**
 * What is wrong with an answer by the rules of every answer, whatever the description says of the
 * route; undefined: nothing.
 */
export function answerFault(
  { method }: Pick<WireRequest, 'method'>,
  { status, headers, body }: WireAnswer,
): string | undefined {
  for (const [name, rule] of Object.entries(HEADERS))
    if (!rule.test(headers.get(name) ?? '')) return `${name} is ${String(headers.get(name))}`;
  if (status < 400) return status < 200 || status === 301 ? `status ${status}` : undefined;
  if (status >= 500 && !OF_THE_WORLD.includes(status)) return `status ${status}: ${String(body)}`;
  const type = headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) return `${status} is told as ${type}`;
  if (method === 'HEAD') return undefined;
  const problem = JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
  if (problem['status'] !== status) return `${status} says it is ${String(problem['status'])}`;
  const code = String(problem['code']);
  if (!Object.hasOwn(ERROR_CODES, code)) return `the code ${code} is not known`;
  if (typeof problem['detail'] !== 'string' || problem['detail'] === '')
    return 'there is no detail';
  return undefined;
}
