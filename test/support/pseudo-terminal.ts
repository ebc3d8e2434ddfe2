import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { shellQuote } from '../../src/base/shell-quote.ts';
import { Screen } from './screen.ts';

/** A program on a terminal of its own. */
export interface PseudoTerminal extends AsyncDisposable {
  readonly screen: Screen;
  readonly pid: number;
  /** Everything it wrote, as it wrote it. */
  readonly written: () => string;
  type(keys: string): void;
  readonly ended: Promise<number | null>;
}

/** Runs a command line on a terminal of so many rows and columns, by `script` of bsdutils, which every Debian has. */
export function onTerminal(
  argv: readonly string[],
  {
    rows,
    columns,
    cwd,
    env,
  }: { rows: number; columns: number; cwd: string; env: NodeJS.ProcessEnv },
): PseudoTerminal {
  const line = `stty rows ${rows} cols ${columns}; exec ${argv.map(shellQuote).join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    cwd,
    env: { ...env, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const screen = new Screen(columns);
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
    screen.write(text);
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    screen,
    pid: child.pid ?? 0,
    written: () => written,
    type: (keys) => child.stdin.write(keys),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
