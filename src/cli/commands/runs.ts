import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { nearestName } from '../../descriptor/index.ts';
import { renderRunList } from '../../report/index.ts';
import { isTerminal, RUN_STATES, type RunState } from '../../runner/index.ts';
import { optionalText, texts } from '../arguments.ts';
import { parseMoment } from '../moment.ts';
import { parseCount } from '../../site/index.ts';
import { openRunsPort } from '../runs-port/index.ts';
import { textOptions } from '../terminal.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run runs`: one page of the list, newest first. */
export const runs: CommandRun = async (args, { terminal }) => {
  using port = await openRunsPort(args, terminal);
  const states = texts(args['state']).flatMap(statesOf);
  const app = optionalText(args['app']);
  const batch = optionalText(args['batch']);
  const search = optionalText(args['search']);
  const since = optionalText(args['since']);
  const cursor = optionalText(args['cursor']);
  const now = systemClock.now();
  const page = await port.list({
    limit: parseCount(optionalText(args['limit']) ?? '20'),
    ...(states.length === 0 ? {} : { states }),
    ...(app === undefined ? {} : { app }),
    ...(batch === undefined ? {} : { batch }),
    ...(search === undefined ? {} : { search }),
    ...(since === undefined ? {} : { since: parseMoment(since, now) }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(page, null, 2)}\n`
      : renderRunList(page.runs, {
          ...textOptions(terminal, 'out'),
          now,
        }),
  );
  if (page.nextCursor !== undefined && args['json'] !== true)
    terminal.err(`more: cyto-run runs --cursor ${page.nextCursor}${port.flag}\n`);
  return 0;
};

/** What people say for several states. */
const GROUPS: Readonly<Record<string, readonly RunState[]>> = {
  FAILED: ['EXECUTOR_ERROR', 'SYSTEM_ERROR', 'PREEMPTED'],
  ACTIVE: RUN_STATES.filter((state) => !isTerminal(state)),
};

const statesOf = (text: string): readonly RunState[] =>
  GROUPS[text.toUpperCase()] ?? [stateOf(text)];

function stateOf(text: string): RunState {
  const state = RUN_STATES.find((known) => known === text.toUpperCase());
  if (state !== undefined) return state;
  const near = nearestName(text.toUpperCase(), RUN_STATES);
  throw new RunnerError('usage', `${JSON.stringify(text)} is not a state of a run`, {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}States are ${RUN_STATES.join(', ')}; failed and active stand for several.`,
  });
}
