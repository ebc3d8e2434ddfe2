import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import { ERROR_CODES, RunnerError, type ErrorCode } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';

/** A failure as RFC 9457 has it, with our stable code. */
export interface Problem {
  /** Names the code, which docs/errors.md explains. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** What to try. */
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** The request's id, to find it in the server's log. */
  readonly instance: string;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The answer for anything thrown. What is our own fault is told without its text, which may hold anything. */
export function problemOf(error: unknown, requestId: string): Problem {
  const told = asRunnerError(error);
  const hasDetails = Object.keys(told.details).length > 0;
  return {
    type: `urn:cyto-run:error:${told.code}`,
    title: told.code.replaceAll('-', ' '),
    status: statusOf(error, told.code),
    detail: clipped(told.message),
    code: told.code,
    ...(told.hint === undefined ? {} : { hint: told.hint }),
    ...(hasDetails ? { details: told.details } : {}),
    instance: `urn:request:${requestId}`,
  };
}

const clipped = (text: string): string =>
  text.length > LIMITS.problemDetailCharsMax
    ? `${text.slice(0, LIMITS.problemDetailCharsMax).toWellFormed()} …`
    : text;

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request.id);
  request.problemCode = problem.code;
  if (problem.status >= 500) request.failure = error;
  void reply.code(problem.status).type(PROBLEM_TYPE).send(problem);
}

function asRunnerError(error: unknown): RunnerError {
  if (error instanceof RunnerError) return error;
  if (isFastifyError(error)) {
    if (error.validation !== undefined) return invalid(error);
    if (error.statusCode !== undefined && error.statusCode < 500)
      return new RunnerError('request-invalid', error.message);
  }
  return new RunnerError('internal', 'the server failed at this request: that is a fault of ours', {
    hint: 'Tell who runs the server the id of the request; its log knows more.',
  });
}

/** Failures of the protocol keep their own status: 413, 415 … */
const statusOf = (error: unknown, code: ErrorCode): number =>
  isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500
    ? error.statusCode
    : ERROR_CODES[code].httpStatus;

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error && !(error instanceof RunnerError) && 'code' in error;

function invalid(error: FastifyError): RunnerError {
  const faults = (error.validation ?? [])
    .slice(0, LIMITS.requestFaultsMax)
    .map(({ instancePath, message, params }) => ({
      place: `${error.validationContext ?? 'request'}${instancePath}`,
      problem: [message, extra(params)].filter(Boolean).join(': '),
    }));
  const [first] = faults;
  return new RunnerError(
    'request-invalid',
    first === undefined ? error.message : `${first.place}: ${first.problem}`,
    { details: { faults }, hint: 'See /openapi.json for what this request takes.' },
  );
}

/** What the rule names: the unknown property, or what it could have been. */
function extra(params: Readonly<Record<string, unknown>>): string {
  const named = params['additionalProperty'] ?? params['unevaluatedProperty'];
  if (typeof named === 'string') return JSON.stringify(named);
  const allowed = params['allowedValues'];
  return Array.isArray(allowed) ? allowed.map((value) => JSON.stringify(value)).join(', ') : '';
}
