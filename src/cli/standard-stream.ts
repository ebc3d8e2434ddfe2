import { fstatSync, writeSync } from 'node:fs';

import { systemCodeOf } from '../base/errors.ts';

/** A standard stream of this process as a command sees it. */
export interface StandardStream {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Of the terminal now; 0 where there is none. */
  readonly columns: number;
}

/**
 * stdout (1) or stderr (2). Node's own stream is made only for a terminal: loading streams and sockets
 * costs more than a dry run, and a file or a pipe takes bytes by a system call too.
 *
 * A reader that goes away (`cyto-run runs | head`) is no fault: what is written after it is for nobody,
 * and an app that runs goes on running.
 */
export function standardStream(fd: 1 | 2): StandardStream {
  const nodeStream = (): NodeJS.WriteStream => (fd === 1 ? process.stdout : process.stderr);
  if (isCharacterDevice(fd) && nodeStream().isTTY)
    return {
      write: (text) => void nodeStream().write(text),
      isTerminal: true,
      get columns() {
        return nodeStream().columns;
      },
    };
  return { write: plainWriter(fd, nodeStream), isTerminal: false, columns: 0 };
}

function isCharacterDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    // Closed by whoever started us: writing says so.
    return false;
  }
}

function plainWriter(fd: number, nodeStream: () => NodeJS.WriteStream): (text: string) => void {
  let how: 'system call' | 'stream' | 'not at all' = 'system call';
  return (text) => {
    let rest: Uint8Array = Buffer.from(text);
    try {
      while (how === 'system call' && rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      // A pipe that does not block is full: Node's stream waits until it is not.
      how = systemCodeOf(error) === 'EAGAIN' ? 'stream' : 'not at all';
      if (how === 'stream') nodeStream().on('error', () => (how = 'not at all'));
    }
    if (how === 'stream') nodeStream().write(rest);
  };
}
