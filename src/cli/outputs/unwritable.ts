import { isDiskFull, RunnerError, systemCodeOf } from '../../base/errors.ts';

/** What a failure to write files of a run to a place of the user's comes to: `disk-full`, `output-folder-unusable`, or what it is. */
export function unwritable(location: string, error: unknown, hint: string): unknown {
  const code = systemCodeOf(error);
  if (error instanceof RunnerError || code === undefined) return error;
  return new RunnerError(
    isDiskFull(error) ? 'disk-full' : 'output-folder-unusable',
    `${JSON.stringify(location)} cannot be written: ${code}`,
    { cause: error, hint },
  );
}
