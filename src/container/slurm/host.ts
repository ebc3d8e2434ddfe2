/**
 * The narrow port to the machine where a cluster's commands are: this one, or one behind SSH
 * (`local-host.ts`, `ssh-host.ts`). Both are held by `test/container/slurm/host-contract.ts`, and
 * so is the fake cluster of the fault tests.
 */
export interface SlurmHost {
  /** For people: `this machine`, or the name that ssh knows it by. */
  readonly title: string;
  /**
   * Does the steps one after the other, in one round trip, and answers each as a command is
   * answered. Steps behind one that failed with `orStop` are not done: their answer is `undefined`.
   * Throws `HostUnreachable` when no whole answer came: any of the steps may have been done or not.
   */
  ask(
    steps: readonly HostStep[],
    options: AskOptions,
  ): Promise<readonly (HostAnswer | undefined)[]>;
  /**
   * Copies a file, or what is in a folder (both paths end with a slash), onto the host; what an
   * earlier call had brought is not sent again where rsync is there. Nothing is to be trusted there
   * before its checksum was looked at. Throws `HostUnreachable` when it was broken off.
   */
  put(source: string, target: string, signal: AbortSignal): Promise<void>;
  /** Copies what is in a folder of the host into a folder here, likewise. */
  get(source: string, target: string, signal: AbortSignal): Promise<void>;
}

export interface AskOptions {
  /** For each command of the steps, and for the way there and back. Waiting steps add their own time. */
  readonly timeoutMs: number;
  /**
   * When it fires, a step that waits has waited enough. Where that cannot be told to the host, the
   * question is given up, and the signal's reason thrown.
   */
  readonly enough?: AbortSignal;
}

/** One thing to do. Paths are absolute, on the host. */
export type HostStep = HostAction & {
  /** When it fails, the steps behind it are left out. */
  readonly orStop?: true;
};

export type HostAction =
  | {
      readonly do: 'run';
      readonly argv: readonly string[];
      readonly stdin?: string;
      /** File that gets what it prints, too. */
      readonly keep?: string;
    }
  /** Bytes of a file from an offset on, at most so many; fails when it is not there. */
  | { readonly do: 'read'; readonly path: string; readonly from: number; readonly bytesMax: number }
  /** Names in a folder, one a line; fails when it is not there. */
  | { readonly do: 'list'; readonly folder: string }
  /** Those of the named files that are there, each behind a line `NAME BYTES`. Small ones only. */
  | { readonly do: 'gather'; readonly folder: string; readonly names: readonly string[] | 'all' }
  /** A file for its owner's eyes only; the folder must be there. */
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  /** A folder, with those above it; `fresh`: fails when it is there already. */
  | { readonly do: 'make-folder'; readonly path: string; readonly fresh: boolean }
  /** Fails when `from` is not there (any more): of two who move one file, one succeeds. */
  | { readonly do: 'move'; readonly from: string; readonly to: string }
  /** With all that is in it; harmless when it is not there. */
  | { readonly do: 'remove'; readonly path: string }
  /** Waits until one of these happens or the time is over; never fails. */
  | { readonly do: 'await'; readonly waitMs: number; readonly events: AwaitedEvents };

export interface AwaitedEvents {
  /** One of the names is in the folder: the waiting is over at once. */
  readonly urgent: Appearing;
  /** Likewise, but the waiting goes on for `lingerMs`, because something urgent may follow. */
  readonly mild: Appearing;
  /** The file is longer than that: mild as well. */
  readonly grow: readonly { readonly path: string; readonly beyondBytes: number }[];
  readonly lingerMs: number;
}

export interface Appearing {
  readonly folder: string;
  readonly names: readonly string[];
}

export interface HostAnswer {
  /** 0: done. 124: took longer than `timeoutMs`. 127: no such program. */
  readonly exitCode: number;
  readonly out: Uint8Array;
  /** What it complained of, as text. */
  readonly errors: string;
}

/** No whole answer came from the host; what was asked may have been done all the same. */
export class HostUnreachable extends Error {
  static {
    this.prototype.name = 'HostUnreachable';
  }
}

// eslint-disable-next-line no-control-regex -- colour codes are control characters
const COLOUR_CODES = /\x1b\[[0-9;?]*[A-Za-z]/g;

/** The text of an answer, without the colours that some sites' wrappers add. */
export const textOf = ({ out }: HostAnswer): string =>
  Buffer.from(out).toString('utf8').replaceAll(COLOUR_CODES, '');

/** The files of a `gather` answer: name → content. */
export function gathered({ out }: HostAnswer): ReadonlyMap<string, string> {
  const bytes = Buffer.from(out);
  const files = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf('\n', at);
    if (lineEnd < 0) break;
    const [name = '', size = ''] = bytes.toString('utf8', at, lineEnd).split(' ');
    const end = lineEnd + 1 + Number(size);
    if (!/^\d+$/.test(size) || end > bytes.length) break;
    files.set(name, bytes.toString('utf8', lineEnd + 1, end));
    at = end;
  }
  return files;
}
