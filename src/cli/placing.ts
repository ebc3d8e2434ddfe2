import { RunnerError } from '../base/errors.ts';
import type { Submission } from '../client/index.ts';
import type { Descriptor } from '../descriptor/index.ts';
import { optionalText } from './arguments.ts';
import type { CommandArguments } from './commands.ts';
import { priorityArgument } from './priority-argument.ts';
import { SUBMIT_OPTIONS } from './run-options.ts';

/** The place in the queue that `--hold` and `--priority` ask for. Throws `usage`. */
export function placingOf(args: CommandArguments): Pick<Submission, 'hold' | 'priority'> {
  const priority = optionalText(args['priority']);
  return {
    ...(args['hold'] === true ? { hold: true } : {}),
    ...(priority === undefined ? {} : { priority: priorityArgument(priority, '--priority') }),
  };
}

/** Whether to print the id and leave. Throws `usage` with `--out`: nobody would fill it. */
export function isDetached(args: CommandArguments, bringThem: string): boolean {
  if (args['detach'] !== true) return false;
  if (args['out'] === undefined) return true;
  throw new RunnerError('usage', '--detach does not wait for the outputs that --out is to get', {
    hint: `Leave out one of them; \`${bringThem}\` brings them when they are there.`,
  });
}

/** Throws `usage` for flags of a submission to a server where there is none. */
export function refusePlacing(args: CommandArguments, descriptor?: Descriptor): void {
  const flag = givenFlag(args);
  if (flag === undefined) return;
  const isInput = descriptor?.inputs.some(({ id }) => id === flag) === true;
  throw new RunnerError(
    'usage',
    flag === 'detach'
      ? '--detach is about a server: here a run ends with the command that follows it'
      : `--${flag} is about a server's queue: a run of this machine begins at once`,
    {
      hint: `Name a server with --server URL or CYTO_RUN_SERVER.${
        isInput ? ` The app's own parameter is given as --param ${flag}=VALUE.` : ''
      }`,
      details: { flag },
    },
  );
}

/** Throws `usage` for such flags where nothing is submitted. */
export function refusePlacingOf(args: CommandArguments, what: string): void {
  const flag = givenFlag(args);
  if (flag === undefined) return;
  throw new RunnerError('usage', `${what} submits nothing that --${flag} could be about`, {
    hint:
      flag === 'detach'
        ? 'Leave it out.'
        : `\`cyto-run ${flag} BATCH\` is about a batch that waits.`,
    details: { flag },
  });
}

const givenFlag = (args: CommandArguments): keyof typeof SUBMIT_OPTIONS | undefined =>
  (Object.keys(SUBMIT_OPTIONS) as (keyof typeof SUBMIT_OPTIONS)[]).find(
    (name) => args[name] !== undefined && args[name] !== false,
  );
