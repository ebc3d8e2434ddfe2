import { ERROR_CODES } from '../base/errors.ts';
import type { RunRecord } from '../runner/index.ts';

/**
 * The exit code of a command that ran an app: the app's own when it ended by itself, else that of
 * the failure (docs/errors.md).
 */
export function exitCodeOf({ state, failure, exit }: RunRecord): number {
  if (state === 'COMPLETE') return 0;
  if (failure === undefined) return ERROR_CODES.internal.exitCode;
  const byItself = failure.code === 'app-exit' || failure.code === 'out-of-memory';
  if (byItself && exit !== undefined && exit.exitCode !== 0) return exit.exitCode;
  if (failure.code === 'app-exit') return 127;
  return ERROR_CODES[failure.code].exitCode;
}
