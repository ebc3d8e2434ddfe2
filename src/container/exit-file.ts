import type { ExitStatus } from './engine.ts';

/**
 * How a program ended, as the shell script that ran it writes it down: one `name=value` a line,
 * complete once its last line is there. Where it was written, the truth depends on no daemon.
 */
export const EXIT_FILE_FIELDS = [
  'exit-code',
  'out-of-memory',
  'started-at',
  'finished-at',
  'peak-memory-bytes',
  'cpu-seconds',
  // The same as `times` prints it: a shell adds nothing up without another program.
  'cpu-time',
  'node',
  'never-ran',
] as const;

/** The last line of a complete file. */
export const EXIT_FILE_END = 'end=1';

/**
 * Reads an exit file. `undefined` when it is not complete or says no exit code: then nothing is
 * known. Unknown lines are left to later versions.
 */
export function parseExitFile(text: string): ExitStatus | undefined {
  const lines = text.split('\n');
  if (!lines.includes(EXIT_FILE_END)) return undefined;
  const fields = new Map(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, Math.max(at, 0)), line.slice(at + 1)] as const;
    }),
  );
  const textOf = (name: (typeof EXIT_FILE_FIELDS)[number]): string | undefined =>
    fields.get(name) === '' ? undefined : fields.get(name);
  const number = (name: (typeof EXIT_FILE_FIELDS)[number]): number | undefined => {
    const value = textOf(name);
    return value !== undefined && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
  };
  const exitCode = number('exit-code');
  if (exitCode === undefined) return undefined;
  return {
    exitCode,
    outOfMemory: textOf('out-of-memory') === '1' && exitCode !== 0,
    ...known('startedAt', textOf('started-at')),
    ...known('finishedAt', textOf('finished-at')),
    ...known('peakMemoryBytes', number('peak-memory-bytes')),
    ...known('cpuSeconds', number('cpu-seconds') ?? secondsOf(textOf('cpu-time') ?? '')),
    ...known('node', textOf('node')),
    ...known('neverRan', textOf('never-ran')),
  };
}

/** User and system time as `times` prints it (POSIX): `0m1.23s 0m0.45s`. */
function secondsOf(text: string): number | undefined {
  const times = [...text.matchAll(/(\d+)m([\d.]+)s/g)];
  if (times.length !== 2) return undefined;
  const sum = times.reduce(
    (all, [, minutes, seconds]) => all + Number(minutes) * 60 + Number(seconds),
    0,
  );
  return Math.round(sum * 1_000) / 1_000;
}

const known = <Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> =>
  value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
