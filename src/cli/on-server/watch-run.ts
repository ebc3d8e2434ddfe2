import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Client, RunNews } from '../../client/index.ts';
import { applyEvent, type RunEvent, type RunRecord } from '../../runner/index.ts';
import type { Configuration } from '../../site/index.ts';
import { listenForInterrupts } from '../interrupt.ts';
import { liveDisplay, type LiveDisplay } from '../live-display.ts';
import { wantsColor, type Terminal } from '../terminal.ts';

export interface WatchContext {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly configuration: Configuration;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/**
 * Follows a run of a server with the live display, as if it ran here: Ctrl-C asks the server to stop it,
 * a second one to end it at once. Resolves when it has ended.
 */
export async function watchRun(runId: string, context: WatchContext): Promise<void> {
  const { client, terminal, configuration, verbose, quiet } = context;
  const logFormat = configuration.values['log-format'];
  const display = liveDisplay({
    write: quiet ? () => undefined : terminal.err,
    clock: systemClock,
    isTerminal: terminal.errIsTerminal && logFormat === 'text' && !quiet,
    color: wantsColor(terminal.errIsTerminal, terminal.env),
    width: () => terminal.width,
    verbose,
    logFormat,
  });
  const cancel = (now: boolean, words: string): void => {
    display.say(words);
    client.runs.cancel(runId, { now }).catch((error: unknown) => {
      display.say(`it was not told: ${messageOf(error)}`);
    });
  };
  using _interrupts = listenForInterrupts(
    () => {
      cancel(false, 'stopping the app; Ctrl-C again ends it at once');
    },
    () => {
      cancel(true, 'ending the app at once');
    },
  );
  const show = shownBy(display);
  let record: RunRecord | undefined;
  try {
    for await (const news of client.runs.follow(runId)) record = show(news);
  } finally {
    display.close(record);
  }
}

/** Each event makes the record that the display shows; what a newer server tells and we do not know is passed over. */
function shownBy(display: LiveDisplay): (news: RunNews) => RunRecord | undefined {
  let record: RunRecord | undefined;
  return (news) => {
    if (news.kind === 'log') {
      display.onOutput?.(news.chunk);
      return record;
    }
    try {
      record = applyEvent(record, news.event as unknown as RunEvent);
      display.onRecord?.(record);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    return record;
  };
}
