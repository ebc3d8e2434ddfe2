import type { ExitStatus } from '../engine.ts';

/** What shells say of a program that they could not execute. */
const SHELL_SAYS = /^(?:\/bin\/)?sh: (?:line )?(?:\d+: )?(?:exec: )?(?<said>[^\n]+)\n(?:.*\n)?$/;

const REASONS =
  /not found|no such file|permission denied|is a directory|bad interpreter|exec format|argument list too long|cannot execute/i;

/** Tells a program that could not be executed from one that ended with the same code. Pure. */
export function explainExit(exit: ExitStatus, stderr: string, program: string): ExitStatus {
  if (exit.exitCode !== 126 && exit.exitCode !== 127) return exit;
  const said = SHELL_SAYS.exec(stderr)?.groups?.['said'];
  if (said === undefined || !REASONS.test(said) || !said.includes(program)) return exit;
  return { ...exit, neverRan: `${program} cannot be executed: ${said}` };
}
