import type { ExitStatus } from '../engine.ts';

/** What Apptainer exits with when it could not run the program. */
const APPTAINERS_OWN = 255;

/** Its one last word; coloured where it takes the file for a terminal. */
// eslint-disable-next-line no-control-regex -- what is looked for is the control sequence
const FATAL = /^(?:\x1b\[\d+m)?FATAL:(?:\x1b\[\d*m)?\s+(?<said>[^\n]*)\n$/;

/** What Apptainer says of a program that cannot be executed → as which exit code shells tell that. */
const NOT_EXECUTABLE: readonly (readonly [RegExp, number])[] = [
  [/executable file not found|^(stat|exec) .*no such file or directory/i, 127],
  [/is a directory|permission denied$|exec format error/i, 126],
];

/**
 * Tells Apptainer's own failure from the app's: an app that never ran has written nothing, and
 * Apptainer exactly one line. Pure.
 */
export function explainExit(exit: ExitStatus, stderr: string, program: string): ExitStatus {
  const said = FATAL.exec(stderr)?.groups?.['said'];
  if (exit.exitCode !== APPTAINERS_OWN || said === undefined) return exit;
  for (const [pattern, exitCode] of NOT_EXECUTABLE)
    if (pattern.test(said))
      return { ...exit, exitCode, neverRan: `${program} cannot be executed: ${said}` };
  return {
    ...exit,
    ending: {
      code: 'staging-failed',
      message: `Apptainer could not make the container: ${said}`,
      ...hintFor(said),
    },
  };
}

function hintFor(said: string): { hint: string } | object {
  if (/\/dev\/fuse|squashfuse/.test(said))
    return {
      hint: 'This machine lacks FUSE for its users: ask for read and write access to /dev/fuse.',
    };
  if (/user namespace|newuidmap|unshare/i.test(said))
    return {
      hint: 'This machine lacks unprivileged user namespaces: ask its administrator for them, or for apptainer-suid.',
    };
  return {};
}
