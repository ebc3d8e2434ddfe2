import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const LAUNCHER = fileURLToPath(new URL('../../bin/cyto-run.js', import.meta.url));

/** What a command left. */
export interface CliResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** The data folder, in place of the user's. */
  readonly home: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A command that is still running. */
export interface RunningCli {
  readonly process: ChildProcess;
  /** Resolves when stderr has shown the text; rejects when the command ends before. */
  readonly saw: (text: string) => Promise<void>;
  readonly ended: Promise<CliResult>;
}

/** Starts the real command line on this Node, with nothing of the user's own settings. */
export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const { PATH = '', HOME = '/' } = process.env;
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    cwd: options.cwd ?? options.home,
    env: {
      PATH,
      HOME,
      XDG_CONFIG_HOME: options.home,
      CYTO_RUN_HOME: options.home,
      ...(process.env['DOCKER_HOST'] === undefined
        ? {}
        : { DOCKER_HOST: process.env['DOCKER_HOST'] }),
      ...options.env,
    },
  });
  const out: Buffer[] = [];
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
    for (const look of waiting) look();
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const ended = new Promise<CliResult>((resolve) => {
    child.on('close', (exitCode, signal) => {
      resolve({ exitCode, signal, stdout: Buffer.concat(out).toString(), stderr });
    });
  });
  const saw = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!stderr.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => {
        reject(new Error(`the command ended before it said ${JSON.stringify(text)}:\n${stderr}`));
      });
    });
  return { process: child, saw, ended };
}

/** Runs the real command line to its end. */
export const cli = (args: readonly string[], options: CliOptions): Promise<CliResult> =>
  startCli(args, options).ended;
