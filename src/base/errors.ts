/**
 * Every failure a caller can act on, in one table: code → what it means to a shell and to HTTP.
 *
 * Exit codes are those of sysexits.h where the app did not run (64 usage, 65 bad data, 66 missing
 * input, 69 unavailable, 70 our bug, 73 cannot create output, 75 try again, 77 not allowed, 78
 * configuration), and
 * 124 and 130 as `timeout` and shells use them. Documented in docs/errors.md, under test.
 */
export const ERROR_CODES = {
  usage: { exitCode: 64, httpStatus: 400 },
  'descriptor-unreadable': { exitCode: 66, httpStatus: 400 },
  'descriptor-invalid': { exitCode: 65, httpStatus: 422 },
  'invocation-invalid': { exitCode: 65, httpStatus: 422 },
  'input-missing': { exitCode: 66, httpStatus: 422 },
  'output-folder-unusable': { exitCode: 73, httpStatus: 422 },
  'image-not-found': { exitCode: 66, httpStatus: 424 },
  'image-pull-failed': { exitCode: 69, httpStatus: 424 },
  'image-build-failed': { exitCode: 65, httpStatus: 424 },
  'staging-failed': { exitCode: 75, httpStatus: 500 },
  'gpu-unavailable': { exitCode: 69, httpStatus: 424 },
  'promise-not-kept': { exitCode: 69, httpStatus: 424 },
  'app-exit': { exitCode: 1, httpStatus: 200 },
  'out-of-memory': { exitCode: 137, httpStatus: 200 },
  'time-limit': { exitCode: 124, httpStatus: 200 },
  'output-missing': { exitCode: 65, httpStatus: 200 },
  'output-invalid': { exitCode: 65, httpStatus: 200 },
  canceled: { exitCode: 130, httpStatus: 200 },
  'engine-unavailable': { exitCode: 69, httpStatus: 503 },
  'engine-lost': { exitCode: 75, httpStatus: 503 },
  'engine-refused': { exitCode: 69, httpStatus: 424 },
  'platform-unreachable': { exitCode: 75, httpStatus: 503 },
  'node-failed': { exitCode: 75, httpStatus: 503 },
  preempted: { exitCode: 75, httpStatus: 503 },
  'disk-full': { exitCode: 75, httpStatus: 507 },
  'deadline-missed': { exitCode: 124, httpStatus: 200 },
  'run-not-found': { exitCode: 66, httpStatus: 404 },
  'run-active': { exitCode: 75, httpStatus: 409 },
  'app-not-found': { exitCode: 66, httpStatus: 404 },
  'app-exists': { exitCode: 65, httpStatus: 409 },
  'app-disabled': { exitCode: 69, httpStatus: 409 },
  'idempotency-conflict': { exitCode: 65, httpStatus: 422 },
  'server-unreachable': { exitCode: 69, httpStatus: 503 },
  'transfer-damaged': { exitCode: 75, httpStatus: 502 },
  'server-running': { exitCode: 75, httpStatus: 409 },
  'address-unusable': { exitCode: 69, httpStatus: 503 },
  'request-invalid': { exitCode: 65, httpStatus: 400 },
  'request-too-large': { exitCode: 65, httpStatus: 413 },
  forbidden: { exitCode: 77, httpStatus: 403 },
  'range-unsatisfiable': { exitCode: 65, httpStatus: 416 },
  'not-found': { exitCode: 66, httpStatus: 404 },
  'webhook-not-found': { exitCode: 66, httpStatus: 404 },
  'webhook-failed': { exitCode: 69, httpStatus: 502 },
  'does-not-fit': { exitCode: 65, httpStatus: 422 },
  'not-waiting': { exitCode: 75, httpStatus: 409 },
  unauthorized: { exitCode: 77, httpStatus: 401 },
  'issuer-unreachable': { exitCode: 75, httpStatus: 503 },
  'rate-limited': { exitCode: 75, httpStatus: 429 },
  'too-many-connections': { exitCode: 75, httpStatus: 503 },
  'name-taken': { exitCode: 65, httpStatus: 409 },
  'secret-unknown': { exitCode: 66, httpStatus: 422 },
  'path-refused': { exitCode: 77, httpStatus: 422 },
  'url-refused': { exitCode: 77, httpStatus: 422 },
  'url-failed': { exitCode: 69, httpStatus: 424 },
  'upload-incomplete': { exitCode: 75, httpStatus: 409 },
  'upload-mismatch': { exitCode: 65, httpStatus: 422 },
  'upload-needed': { exitCode: 75, httpStatus: 409 },
  'quota-exceeded': { exitCode: 75, httpStatus: 413 },
  'state-conflict': { exitCode: 70, httpStatus: 409 },
  'store-unusable': { exitCode: 78, httpStatus: 500 },
  'store-newer': { exitCode: 78, httpStatus: 500 },
  'store-busy': { exitCode: 75, httpStatus: 503 },
  'configuration-invalid': { exitCode: 78, httpStatus: 500 },
  internal: { exitCode: 70, httpStatus: 500 },
} as const satisfies Record<string, { exitCode: number; httpStatus: number }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What else an error carries beside its code and sentence. */
export interface RunnerErrorOptions extends ErrorOptions {
  /** What to try, as a sentence. */
  readonly hint?: string;
  /** Facts for machines: the value, the rule, the place. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An expected failure: the input or the world was wrong, not this program. Anything else thrown is a bug. */
export class RunnerError extends Error {
  static {
    this.prototype.name = 'RunnerError';
  }
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: RunnerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** The text of anything thrown, without its stack. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** The `code` Node gives to system errors (`ENOENT`, `EACCES` …), if it is one. */
export const systemCodeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** Whether a system error says that there is no room: on the disk, or of what its user may have of it. */
export const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(systemCodeOf(error) ?? '');
