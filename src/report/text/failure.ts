import type { Failure } from '../../runner/index.ts';
import type { Look } from './layout.ts';
import { cut, plainLine, visible, wrap } from './printable.ts';

/** More is read with `logs`. */
const TAIL_LINES_MAX = 12;

/** What went wrong and what to try. */
export const failureLines = ({ code, message, hint }: Failure, look: Look): string[] => [
  ...wrap(`${look.paint.red(code)}: ${visible(message)}`, look.width - 2),
  ...(hint === undefined ? [] : wrap(visible(hint), look.width - 2)),
];

/** The last lines an app wrote, each cut to the width, nothing in them obeyed. */
export const tailLines = (tail: string, look: Look): string[] =>
  tail
    .split('\n')
    // A line that was drawn over again shows what was drawn last.
    .map((line) => plainLine(line.trimEnd().split('\r').at(-1) ?? ''))
    .filter((line) => line.trim() !== '')
    .slice(-TAIL_LINES_MAX)
    .map((line) => look.paint.dim(cut(line, look.room - 2)));
