import { ERROR_CODES, RunnerError, type ErrorCode } from '../base/errors.ts';

/**
 * The error that an answer tells (RFC 9457): with the server's code, hint and details, so that it means
 * to a shell what it would have meant there. A code of a newer server is told by the HTTP status, and stands
 * in the details.
 */
export async function errorOf(response: Response, url: string): Promise<RunnerError> {
  const problem = await problemIn(response);
  if (problem === undefined)
    return new RunnerError(
      'server-unreachable',
      `${url} answered with HTTP ${response.status}, and not as cyto-run does`,
      { hint: 'Is this the address of a cyto-run server, without /runner/v1?' },
    );
  const { code, detail, hint, details } = problem;
  const known = isErrorCode(code);
  return new RunnerError(known ? code : codeOfStatus(response.status), detail, {
    ...(hint === undefined ? {} : { hint }),
    details: { ...details, ...(known ? {} : { serverCode: code }) },
  });
}

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

async function problemIn(response: Response): Promise<Problem | undefined> {
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null) return undefined;
  const { code, detail, hint, details } = body as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || typeof detail !== 'string') return undefined;
  return {
    code,
    detail,
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(typeof details === 'object' && details !== null
      ? { details: details as Readonly<Record<string, unknown>> }
      : {}),
  };
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

function codeOfStatus(status: number): ErrorCode {
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  return status < 500 ? 'request-invalid' : 'internal';
}
