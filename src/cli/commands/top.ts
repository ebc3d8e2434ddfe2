import type { ReadStream, WriteStream } from 'node:tty';

import { systemClock } from '../../base/clock.ts';
import { messageOf, RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { CommandRun } from '../commands.ts';
import { openRunsPort, type RunsPort } from '../runs-port/index.ts';
import { wantsColor, type Terminal } from '../terminal.ts';
import { FullScreen } from '../top/full-screen.ts';
import { detailsNow, rowsNow } from '../top/look.ts';
import { pressed, START, withRows, type Key, type TopAction, type TopState } from '../top/state.ts';
import { topLines, type TopDetails } from '../top/view.ts';

/** `cyto-run top`: the runs of this machine or of a server on the whole terminal, until `q`. */
export const top: CommandRun = async (args, { terminal }) => {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !terminal.outIsTerminal)
    throw new RunnerError('usage', '`cyto-run top` draws on a terminal, and there is none', {
      hint: 'See `cyto-run runs --state active`, also with --json.',
    });
  using runs = await openRunsPort(args, terminal);
  // Before the screen is taken: a server that is not there is told as everywhere.
  const rows = await rowsNow(runs);
  await new Top(runs, terminal, stdout).show(withRows(START, rows), stdin);
  return 0;
};

class Top {
  readonly #runs: RunsPort;
  readonly #terminal: Terminal;
  readonly #output: WriteStream;
  readonly #quit = new AbortController();
  #state: TopState = START;
  #details: TopDetails | undefined;
  #trouble = '';
  #wake = new AbortController();

  constructor(runs: RunsPort, terminal: Terminal, output: WriteStream) {
    this.#runs = runs;
    this.#terminal = terminal;
    this.#output = output;
  }

  /** Resolves when the person has had enough. */
  async show(state: TopState, input: ReadStream): Promise<void> {
    this.#state = state;
    const quit = (): void => {
      this.#quit.abort();
      this.#wake.abort();
    };
    using screen = new FullScreen({
      input,
      write: this.#terminal.out,
      onKey: (key) => {
        this.#press(key, quit);
        this.#draw(screen);
      },
    });
    const resized = (): void => {
      screen.forget();
      this.#draw(screen);
    };
    this.#output.on('resize', resized);
    for (const signal of SIGNALS) process.on(signal, quit);
    try {
      while (!this.#isOver()) {
        this.#draw(screen);
        this.#wake = new AbortController();
        await systemClock.sleep(LIMITS.topLookMs, this.#wake.signal);
        if (!this.#isOver()) await this.#look();
      }
    } finally {
      this.#output.off('resize', resized);
      for (const signal of SIGNALS) process.off(signal, quit);
    }
  }

  /** As a function: it changes while one waits. */
  #isOver(): boolean {
    return this.#quit.signal.aborted;
  }

  #press(key: Key, quit: () => void): void {
    const { state, action } = pressed(this.#state, key);
    this.#state = state;
    if (action?.kind === 'quit') quit();
    else if (action !== undefined) void this.#do(action);
    // What a person asks to see is looked at now.
    else if (state.mode.kind === 'details') this.#wake.abort();
  }

  async #do(action: Exclude<TopAction, { kind: 'quit' }>): Promise<void> {
    this.#say(`${action.kind} ${action.runId} …`);
    try {
      await this.#ask(action);
      this.#say(`${action.kind} ${action.runId}: done`);
    } catch (error) {
      this.#say(messageOf(error));
    }
  }

  #ask(action: Exclude<TopAction, { kind: 'quit' }>): Promise<unknown> {
    const { runId } = action;
    if (action.kind === 'cancel') return this.#runs.cancel(runId, false);
    const { queue } = this.#runs;
    if (queue === undefined)
      throw new RunnerError('usage', 'runs of this machine begin at once: there is no queue');
    if (action.kind === 'priority') return queue.setPriority(runId, action.priority);
    return action.kind === 'hold' ? queue.hold(runId) : queue.release(runId);
  }

  #say(message: string): void {
    this.#state = { ...this.#state, message };
    this.#wake.abort();
  }

  async #look(): Promise<void> {
    try {
      const rows = await rowsNow(this.#runs);
      const { selected, mode } = this.#state;
      if (mode.kind === 'details' && selected !== undefined)
        this.#details = await detailsNow(this.#runs, selected);
      this.#state = withRows(this.#state, rows);
      this.#trouble = '';
    } catch (error) {
      this.#trouble = `${messageOf(error)}; trying again`;
    }
  }

  #draw(screen: FullScreen): void {
    const { rows, columns } = this.#output;
    screen.draw(
      topLines({
        state: this.#state,
        details: this.#details,
        trouble: this.#trouble,
        where: this.#runs.place,
        now: systemClock.now(),
        rows: rows || 24,
        columns: columns || 80,
        color: wantsColor(true, this.#terminal.env),
      }),
    );
  }
}

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
