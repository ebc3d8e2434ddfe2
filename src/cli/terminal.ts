import { existsSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';

import { standardStream } from './standard-stream.ts';

/** Where a command writes and what is there to read it. Handed in, so that tests can look on. */
export interface Terminal {
  /** The result. */
  readonly out: (text: string) => void;
  /** The story. */
  readonly err: (text: string) => void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Columns of the terminal now, 80 where there is none. */
  readonly width: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What was typed to call this program: `cyto-run`, in a clone `./bin/cyto-run.js`. */
  readonly program: string;
  /** Everything on standard input, as bytes. */
  readonly readStdin: () => Promise<Buffer>;
}

/** Colours on a terminal only, unless NO_COLOR or FORCE_COLOR say otherwise (no-color.org). */
export function wantsColor(isTerminal: boolean, env: Terminal['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}

/** How texts look on one of its streams. What is not read on a terminal is read by a program: nothing of it is cut. */
export function textOptions(
  { width, env, ...terminal }: Pick<Terminal, 'width' | 'env' | 'outIsTerminal' | 'errIsTerminal'>,
  stream: 'out' | 'err',
): { readonly color: boolean; readonly width: number; readonly uncut: boolean } {
  const isTerminal = stream === 'out' ? terminal.outIsTerminal : terminal.errIsTerminal;
  return { color: wantsColor(isTerminal, env), width, uncut: !isTerminal };
}

function programName(path: string, cwd: string, search: string): string {
  if (posix.basename(path) === 'cyto-run' || isFoundByName(path, search)) return 'cyto-run';
  const below = posix.relative(cwd, path);
  return below.startsWith('..') ? path : `./${below}`;
}

/** Whether a shell that is told `cyto-run` runs this very program. */
function isFoundByName(path: string, search: string): boolean {
  const first = search
    .split(':')
    .map((folder) => posix.join(folder, 'cyto-run'))
    .find((candidate) => candidate.startsWith('/') && existsSync(candidate));
  return first !== undefined && existsSync(path) && realpathSync(first) === realpathSync(path);
}

export function processTerminal(): Terminal {
  const out = standardStream(1);
  const err = standardStream(2);
  return {
    out: out.write,
    err: err.write,
    outIsTerminal: out.isTerminal,
    errIsTerminal: err.isTerminal,
    get width() {
      return err.columns || out.columns || 80;
    },
    env: process.env,
    cwd: process.cwd(),
    program: programName(process.argv[1] ?? '', process.cwd(), process.env['PATH'] ?? ''),
    readStdin: async () => {
      const parts: Buffer[] = [];
      for await (const part of process.stdin) parts.push(part as Buffer);
      return Buffer.concat(parts);
    },
  };
}
