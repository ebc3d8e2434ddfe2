import type { Clock } from '../../base/clock.ts';
import type { RunObserver, RunRecord } from '../../runner/index.ts';

export interface DisplayOptions {
  /** To stderr. */
  readonly write: (text: string) => void;
  readonly clock: Clock;
  /** Whether lines can be drawn over. */
  readonly isTerminal: boolean;
  readonly color: boolean;
  /** Columns; asked again at each drawing, for a terminal whose size changes. */
  readonly width: number | (() => number);
  /** Show the app's own lines. */
  readonly verbose: boolean;
  readonly logFormat: 'text' | 'json';
}

/** Shows one run while it lasts. */
export interface LiveDisplay extends RunObserver {
  /** A line of our own, where it does not disturb what is drawn. */
  say(line: string): void;
  /** Takes away what was drawn and stops; with the settled record its end is told. */
  close(record?: RunRecord): void;
}
