import { epochMs } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { OutputChunk } from '../../container/index.ts';
import { plainLine } from '../../report/index.ts';
import { lastLine, type RunRecord } from '../../runner/index.ts';
import { appLines, type AppLine } from './app-lines.ts';
import { frame, type View } from './frame.ts';
import type { DisplayOptions, LiveDisplay } from './options.ts';

/** The elapsed time is shown in seconds. */
const TICK_MS = 1_000;

/**
 * A few lines that are drawn over in place, at most once in `LIMITS.displayRedrawMs`. With
 * `verbose` the app's lines run through above them.
 */
export function compactDisplay(options: DisplayOptions): LiveDisplay {
  return new CompactDisplay(options);
}

class CompactDisplay implements LiveDisplay {
  readonly #options: DisplayOptions;
  readonly #closing = new AbortController();
  readonly #newest = lastLine();
  readonly #lines = appLines();
  #record: RunRecord | undefined;
  #pull: View['pull'];
  /** Of a pull or a build, which have no log. */
  #ownLine = '';
  #drawnLines = 0;
  #drawnMs = -Infinity;
  #scheduled = false;

  constructor(options: DisplayOptions) {
    this.#options = options;
    void this.#tick();
  }

  onRecord(record: RunRecord): void {
    if (record.phases.length !== this.#record?.phases.length) this.#ownLine = '';
    this.#record = record;
    this.#redrawSoon();
  }

  onOutput(chunk: OutputChunk): void {
    if (this.#options.verbose) this.#showLines(this.#lines.push(chunk));
    else this.#newest.push(chunk);
    this.#redrawSoon();
  }

  onPull(progress: { receivedBytes: number; totalBytes?: number; status: string }): void {
    this.#pull = progress;
    this.#ownLine = progress.status;
    this.#redrawSoon();
  }

  onBuildLine(line: string): void {
    if (this.#options.verbose) this.#above(`${plainLine(line)}\n`);
    else this.#ownLine = line;
    this.#redrawSoon();
  }

  say(line: string): void {
    this.#above(`${line}\n`);
    this.#redrawSoon();
  }

  close(): void {
    this.#closing.abort();
    if (this.#options.verbose) this.#showLines(this.#lines.end());
    this.#above('');
  }

  #draw(): void {
    const { clock, color, width, write } = this.#options;
    const now = clock.now().getTime();
    const record = this.#record;
    const drawn = frame(
      {
        record,
        elapsedMs: record === undefined ? 0 : now - epochMs(record.createdAt),
        pull: this.#pull,
        lastLine: this.#ownLine === '' ? this.#newest.text() : this.#ownLine,
      },
      // A character in the last column makes some terminals wrap.
      (typeof width === 'number' ? width : width()) - 1,
      color,
    );
    this.#drawnMs = clock.monotonicMs();
    if (drawn.length === 0) return;
    // Each line clears its own rest: clearing all first would flicker.
    write(`${this.#toFirstLine()}${drawn.map((line) => `${line}\u001b[K`).join('\n')}\u001b[J`);
    this.#drawnLines = drawn.length;
  }

  /** Writes where the drawn lines were; they come back below at the next drawing. */
  #above(text: string): void {
    if (this.#drawnLines > 0) this.#options.write(`${this.#toFirstLine()}\u001b[J${text}`);
    else if (text !== '') this.#options.write(text);
    this.#drawnLines = 0;
  }

  #showLines(lines: readonly AppLine[]): void {
    const { color } = this.#options;
    if (lines.length > 0)
      this.#above(lines.map(({ text }) => `${appLine(text, color)}\n`).join(''));
  }

  #toFirstLine(): string {
    if (this.#drawnLines === 0) return '';
    return this.#drawnLines === 1 ? '\r' : `\r\u001b[${this.#drawnLines - 1}A`;
  }

  #redrawSoon(): void {
    const { clock } = this.#options;
    if (this.#scheduled || this.#closing.signal.aborted) return;
    const waitMs = this.#drawnMs + LIMITS.displayRedrawMs - clock.monotonicMs();
    if (waitMs <= 0) {
      this.#draw();
      return;
    }
    this.#scheduled = true;
    void clock.sleep(waitMs, this.#closing.signal, 'background').then(() => {
      this.#scheduled = false;
      if (!this.#closing.signal.aborted) this.#draw();
    });
  }

  async #tick(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await this.#options.clock.sleep(TICK_MS, this.#closing.signal, 'background');
      this.#redrawSoon();
    }
  }
}

/** Colours (ECMA-48 SGR) are an app's own affair; whatever else it would have a terminal do is not. */
function appLine(text: string, color: boolean): string {
  if (!color) return plainLine(text);
  // eslint-disable-next-line no-control-regex -- the sequences that are let through
  const parts = text.split(/(\u001b\[[\d;:]*m)/);
  const colored = parts.length > 1;
  const kept = parts.map((part, index) => (index % 2 === 1 ? part : plainLine(part))).join('');
  return colored ? `${kept}\u001b[0m` : kept;
}
