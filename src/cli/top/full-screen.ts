import { emitKeypressEvents } from 'node:readline';
import type { ReadStream } from 'node:tty';

import type { Key } from './state.ts';

export interface FullScreenOptions {
  readonly input: ReadStream;
  readonly write: (text: string) => void;
  readonly onKey: (key: Key) => void;
}

/** DECSET: the alternate screen, and no cursor on it. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** Terminals that know it show what stands between at once; others pass over it. */
const [TOGETHER, SHOWN] = ['\u001b[?2026h', '\u001b[?2026l'];

/**
 * The whole terminal for a while. Disposing, and whatever else ends the process short of SIGKILL, gives
 * it back as it was.
 */
export class FullScreen implements Disposable {
  readonly #options: FullScreenOptions;
  readonly #leave: () => void;
  readonly #keypress: (typed: string | undefined, key: KeyPress) => void;
  #drawn: readonly string[] = [];
  #isLeft = false;

  constructor(options: FullScreenOptions) {
    this.#options = options;
    const { input, write, onKey } = options;
    this.#leave = () => {
      if (this.#isLeft) return;
      this.#isLeft = true;
      input.setRawMode(false);
      write(LEAVE);
    };
    this.#keypress = (typed, key) => {
      onKey(nameOf(typed, key));
    };
    process.on('exit', this.#leave);
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on('keypress', this.#keypress);
    input.resume();
    write(ENTER);
  }

  /** Shows these lines; writes those that are others than before, and all after `forget`. */
  draw(lines: readonly string[]): void {
    const changed = lines.flatMap((line, at) =>
      line === this.#drawn[at] ? [] : [`\u001b[${at + 1};1H${line}\u001b[K`],
    );
    this.#drawn = lines;
    if (changed.length > 0) this.#options.write(`${TOGETHER}${changed.join('')}${SHOWN}`);
  }

  /** The terminal has another size: nothing of what was drawn is where it was. */
  forget(): void {
    this.#drawn = [];
    this.#options.write('\u001b[2J');
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#leave);
    this.#options.input.off('keypress', this.#keypress);
    this.#options.input.pause();
    this.#leave();
  }
}

interface KeyPress {
  readonly name?: string;
  readonly ctrl?: boolean;
}

function nameOf(typed: string | undefined, { name = '', ctrl = false }: KeyPress): Key {
  if (ctrl) return `ctrl-${name}`;
  if (name === 'enter') return 'return';
  return typed?.length === 1 && typed >= ' ' && typed !== '\u007f' ? typed : name;
}
