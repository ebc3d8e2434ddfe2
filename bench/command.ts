import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A program with its arguments. */
export type Argv = readonly [program: string, ...args: string[]];

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The exit code that means that it did what it should. */
  readonly exitCode?: number;
}

export interface CommandResult {
  readonly wallMs: number;
  readonly stdout: string;
  /** The most memory the process ever had, as the kernel counts it (VmHWM); 0 where it was too quick to look. */
  readonly peakBytes: number;
}

const PEAK_POLL_MS = 50;
/** Nothing here should take longer; what does has hung. */
const COMMAND_MS_MAX = 180_000;

/** Runs a program to its end as a script would: with pipes, not a terminal. Throws when it fails. */
export function command(
  [program, ...args]: Argv,
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { exitCode = 0, ...rest } = options;
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const child = spawn(program, args, {
      ...rest,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_MS_MAX,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let peakBytes = 0;
    const poll = setInterval(() => {
      peakBytes = Math.max(peakBytes, peakOf(child.pid));
    }, PEAK_POLL_MS);
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(poll);
      const wallMs = performance.now() - startedMs;
      if (code === exitCode) resolve({ wallMs, stdout: Buffer.concat(out).toString(), peakBytes });
      else
        reject(
          new Error(
            `${[program, ...args].join(' ')} ended with ${code}:\n${Buffer.concat([...err, ...out])
              .toString()
              .slice(-2_000)}`,
          ),
        );
    });
  });
}

function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** User and system time of all ended children of this process so far, in ms; 0 where the system does not say. */
export function childrenCpuMs(): number {
  try {
    // Behind the name in brackets, which may hold blanks: fields 16 and 17 of proc_pid_stat(5), in ticks of 10 ms.
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return 0;
  }
}

/** A sample of a program's wall time, which also adds up its processor time. */
export class Timed {
  readonly #argv: Argv;
  readonly #options: CommandOptions;
  #cpuMs = 0;
  #runs = 0;

  constructor(argv: Argv, options: CommandOptions = {}) {
    this.#argv = argv;
    this.#options = options;
  }

  readonly sample = async (): Promise<number> => {
    const before = childrenCpuMs();
    const { wallMs } = await command(this.#argv, this.#options);
    this.#cpuMs += childrenCpuMs() - before;
    this.#runs += 1;
    return wallMs;
  };

  /** Mean of user and system time. */
  get cpuMs(): number {
    return this.#cpuMs / this.#runs;
  }
}

/** Processor times of both, for the last column. */
export const cpuNote = (ours: Timed, theirs: Timed) => (): string =>
  `CPU ${ours.cpuMs.toFixed(0)} / ${theirs.cpuMs.toFixed(0)} ms`;
