import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import { fileSize } from '../../base/file-size.ts';
import {
  batchSummary,
  clockTime,
  cut,
  renderBatchItem,
  summaryText,
  visible,
  type BatchResult,
} from '../../report/index.ts';
import { isTerminal, type RunRecord, type RunState } from '../../runner/index.ts';
import { wantsColor, type Terminal } from '../terminal.ts';

/** Shows a batch while it lasts: a line on stdout for each item that ends, the story on stderr. */
export interface BatchDisplay {
  /** An item came to a state, or is told what it waits for. */
  onItem(result: BatchResult, waiting?: RunRecord['waiting']): void;
  /** Nothing runs, and this is what the first of those that wait does so for. */
  onWaiting(
    item: Pick<BatchResult, 'item' | 'runId' | 'state'>,
    why: { readonly code: string; readonly sentence: string; readonly since: string },
  ): void;
  onPull(runId: string, progress: { receivedBytes: number; totalBytes?: number }): void;
  say(text: string): void;
  /** Takes away what was drawn. */
  close(): void;
}

export interface BatchDisplayOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Every run of the batch that has not ended, and how it stands now. */
  readonly states: ReadonlyMap<string, RunState>;
  /** Nothing on stdout while it lasts: one document comes at the end. */
  readonly json: boolean;
  readonly quiet: boolean;
  readonly logFormat: 'text' | 'json';
}

/** What became of the item of a run. Throws for a run that is of none: our bug. */
export function resultOf(record: RunRecord): BatchResult {
  const { batch, runId, state, createdAt, endedAt, exit, failure, folders } = record;
  if (batch === undefined) throw new TypeError(`run ${runId} is of no batch`);
  return {
    item: batch.item,
    index: batch.index,
    runId,
    state,
    createdAt: record.phases[0]?.startedAt ?? createdAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(exit === undefined ? {} : { exitCode: exit.exitCode }),
    ...(failure === undefined ? {} : { failure }),
    ...(folders.outFolder === undefined ? {} : { outFolder: folders.outFolder }),
  };
}

export const batchDisplay = (options: BatchDisplayOptions): BatchDisplay =>
  options.logFormat === 'json' ? new JsonLines(options) : new TextLines(options);

type Waiting = Parameters<BatchDisplay['onWaiting']>;

class JsonLines implements BatchDisplay {
  readonly #options: BatchDisplayOptions;
  readonly #states: Map<string, RunState>;
  #waiting = '';

  constructor(options: BatchDisplayOptions) {
    this.#options = options;
    this.#states = new Map(options.states);
  }

  onItem(result: BatchResult, waiting?: RunRecord['waiting']): void {
    const { item, runId, state } = result;
    if (this.#states.get(runId) === state && waiting === undefined) return;
    this.#states.set(runId, state);
    const more = isTerminal(state) ? result : { item, runId, state };
    this.#tell('item', { ...more, ...(waiting === undefined ? {} : { waiting }) });
  }

  /** Once a reason: what of its sentence changes is the time. */
  onWaiting(...[{ item, runId, state }, { code, sentence, since }]: Waiting): void {
    const told = `${runId} ${code}`;
    if (this.#waiting === told) return;
    this.#waiting = told;
    this.#tell('item', { item, runId, state, waiting: { code, message: sentence, since } });
  }

  onPull(): void {
    // Written down with the runs; a line for each byte of each run says nothing.
  }

  say(text: string): void {
    this.#tell('note', { text });
  }

  close(): void {
    this.#tell('closed', batchSummary(this.#states.values()));
  }

  #tell(type: string, facts: object): void {
    const { terminal, clock, quiet } = this.#options;
    if (quiet) return;
    terminal.err(`${JSON.stringify({ at: clock.now().toISOString(), type, ...facts })}\n`);
  }
}

class TextLines implements BatchDisplay {
  readonly #options: BatchDisplayOptions;
  readonly #states: Map<string, RunState>;
  readonly #closing = new AbortController();
  readonly #begunMs: number;
  /** What is waited for, or pulled; empty while apps run. */
  #pull = '';
  /** Code of what was told to be waited for since the last app ran. */
  #waiting = '';
  #drawn = false;
  #toldMs: number;

  constructor(options: BatchDisplayOptions) {
    this.#options = options;
    this.#states = new Map(options.states);
    this.#begunMs = options.clock.monotonicMs();
    this.#toldMs = this.#begunMs;
    void this.#tick();
  }

  onItem(result: BatchResult, waiting?: RunRecord['waiting']): void {
    const { runId, state } = result;
    const before = this.#states.get(runId);
    this.#states.set(runId, state);
    if (waiting !== undefined) this.#pull = visible(waiting.message);
    else if (state === 'RUNNING') this.#pull = this.#waiting = '';
    if (isTerminal(state) && before !== state) this.#end(result);
  }

  /** In a log a line for each reason. */
  onWaiting(...[{ item }, { code, sentence }]: Waiting): void {
    this.#pull = `${visible(item)}: ${visible(sentence)}`;
    if (!this.#isDrawing && this.#waiting !== code) this.#tellStatus();
    this.#waiting = code;
  }

  onPull(
    _runId: string,
    { receivedBytes, totalBytes }: { receivedBytes: number; totalBytes?: number },
  ): void {
    const whole = totalBytes === undefined ? '' : ` of ${fileSize(totalBytes)}`;
    this.#pull = `pulling ${fileSize(receivedBytes)}${whole}`;
  }

  say(text: string): void {
    this.#clear();
    this.#story(`${text}\n`);
  }

  close(): void {
    this.#closing.abort();
    this.#clear();
  }

  /** The result of one item, where a program or a person reads results. */
  #end(result: BatchResult): void {
    const { terminal, json } = this.#options;
    this.#clear();
    const line = renderBatchItem(result, {
      color: wantsColor(terminal.outIsTerminal, terminal.env),
    });
    if (!json) terminal.out(line);
    else this.#story(line);
    this.#toldMs = this.#options.clock.monotonicMs();
  }

  #story(text: string): void {
    if (!this.#options.quiet) this.#options.terminal.err(text);
  }

  get #status(): string {
    const { clock } = this.#options;
    const elapsed = clockTime(clock.monotonicMs() - this.#begunMs);
    const pull = this.#pull === '' ? '' : `  ${this.#pull}`;
    return `${elapsed}  ${summaryText(batchSummary(this.#states.values()))}${pull}`;
  }

  get #isDrawing(): boolean {
    return this.#options.terminal.errIsTerminal && !this.#options.quiet;
  }

  #tellStatus(): void {
    this.#toldMs = this.#options.clock.monotonicMs();
    this.#story(`${this.#status}\n`);
  }

  #clear(): void {
    if (this.#drawn) this.#options.terminal.err('\r\u001b[K');
    this.#drawn = false;
  }

  /** Drawn over each second on a terminal; in a log, a line when nothing was said for a while. */
  async #tick(): Promise<void> {
    const { clock, terminal } = this.#options;
    while (!this.#closing.signal.aborted) {
      if (this.#isDrawing) {
        terminal.err(`\r${cut(this.#status, terminal.width - 1)}\u001b[K`);
        this.#drawn = true;
      } else if (clock.monotonicMs() - this.#toldMs >= LIMITS.displayHeartbeatMs)
        this.#tellStatus();
      await clock.sleep(TICK_MS, this.#closing.signal, 'background');
    }
  }
}

const TICK_MS = 500;
