import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Client, RunNews } from '../../client/index.ts';
import { applyEvent, type RunEvent, type RunRecord } from '../../runner/index.ts';
import type { Configuration } from '../../site/index.ts';
import { listenForInterrupts } from '../interrupt.ts';
import { displayOn, type LiveDisplay } from '../live-display.ts';
import { bringOutputs } from '../outputs/bring-outputs.ts';
import { serverOutputs } from '../outputs/output-sources.ts';
import { clauseOf, followWaits, type WaitReason } from '../run-waits.ts';
import { recordOf } from '../runs-port/server-runs.ts';
import type { Terminal } from '../terminal.ts';

export interface WatchContext {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly configuration: Configuration;
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** Absolute: gets the outputs, when the run completes. */
  readonly outFolder: string | undefined;
}

/**
 * Follows a run of a server with the live display, as if it ran here: Ctrl-C asks the server to stop it,
 * a second one to end it at once. Resolves to the record when it has ended and its outputs are here.
 */
export async function watchRun(runId: string, context: WatchContext): Promise<RunRecord> {
  await watched(runId, context);
  const { client, outFolder } = context;
  const ended = recordOf(await client.runs.show(runId), client.url);
  if (outFolder === undefined || ended.state !== 'COMPLETE') return ended;
  const source = serverOutputs(runId, client);
  const { outputs, warnings } = await bringOutputs(ended.outputs, outFolder, source);
  return {
    ...ended,
    outputs,
    folders: { ...ended.folders, outFolder },
    warnings: [...ended.warnings, ...warnings],
  };
}

async function watched(runId: string, context: WatchContext): Promise<void> {
  const { client } = context;
  const display = displayOn(context);
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
  const shown = new ShownRun(display);
  const leave = new AbortController();
  const waits = {
    clock: systemClock,
    ask: () => client.runs.why(runId, { signal: leave.signal }),
    tell: (why: WaitReason) => {
      shown.onWaiting(why);
    },
  };
  if (!context.quiet) void followWaits(waits, leave.signal);
  try {
    for await (const news of client.runs.follow(runId)) shown.onNews(news);
  } finally {
    leave.abort();
    display.close(shown.record);
  }
}

/** A run as its display has it: the fold of its events, and in the queue what it waits for, which is no event. */
class ShownRun {
  readonly #display: LiveDisplay;
  #waiting: RunRecord['waiting'];
  record: RunRecord | undefined;

  constructor(display: LiveDisplay) {
    this.#display = display;
  }

  /** What a newer server tells and we do not know is passed over. */
  onNews(news: RunNews): void {
    if (news.kind === 'log') {
      this.#display.onOutput?.(news.chunk);
      return;
    }
    try {
      this.record = applyEvent(this.record, news.event as unknown as RunEvent);
      this.#show();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  onWaiting({ code, sentence, since }: WaitReason): void {
    this.#waiting = { code, message: clauseOf(sentence), since };
    this.#show();
  }

  #show(): void {
    const { record } = this;
    const waiting = record?.state === 'QUEUED' ? this.#waiting : undefined;
    if (record !== undefined)
      this.#display.onRecord?.(waiting === undefined ? record : { ...record, waiting });
  }
}
