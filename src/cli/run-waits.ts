import { systemClock, type Clock } from '../base/clock.ts';
import { LIMITS } from '../base/limits.ts';
import type { RunState } from '../runner/index.ts';
import { visible } from '../report/index.ts';
import { waitingText } from './display/words.ts';
import type { RunsPort } from './runs-port/index.ts';
import type { Terminal } from './terminal.ts';

/** Why a run is where it is, as a server or this machine says. */
export interface WaitReason {
  readonly state: RunState;
  readonly code: string;
  readonly sentence: string;
  readonly since: string;
}

interface WaitsContext {
  readonly clock: Clock;
  readonly ask: () => Promise<WaitReason>;
  /** Called with each answer; it may be the one that was told before. */
  readonly tell: (why: WaitReason) => void;
}

/**
 * Asks what a run waits for until it has begun, or `signal` fires: after `whyFirstMs`, then once every
 * `whyPollMs`. What cannot be asked now is asked the next time.
 */
export async function followWaits(
  { clock, ask, tell }: WaitsContext,
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs: number = LIMITS.whyFirstMs; ; pauseMs = LIMITS.whyPollMs) {
    await clock.sleep(pauseMs, signal, 'background');
    if (signal.aborted) return;
    const why = await ask().catch(() => undefined);
    if (isOver(signal)) return;
    if (why === undefined) continue;
    if (why.state !== 'QUEUED' && why.state !== 'INITIALIZING') return;
    tell(why);
  }
}

/** As a function: it changes while one waits. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;

/**
 * Tells on stderr why a run waits that is followed, once for each reason. Disposing ends it.
 */
export function tellWaits(
  runId: string,
  runs: Pick<RunsPort, 'why'>,
  { err }: Pick<Terminal, 'err'>,
): Disposable {
  const leave = new AbortController();
  let told = '';
  const tell = ({ code, sentence }: WaitReason): void => {
    if (code !== told) err(`cyto-run: ${waitingText(visible(clauseOf(sentence)))}\n`);
    told = code;
  };
  const ask = (): Promise<WaitReason> => runs.why({ runId });
  void followWaits({ clock: systemClock, ask, tell }, leave.signal);
  return {
    [Symbol.dispose]: () => {
      leave.abort();
    },
  };
}

/** A sentence as a part of one, as engines say what they wait for. Pure. */
export const clauseOf = (sentence: string): string =>
  sentence.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase()).replace(/\.$/, '');
