import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** A daemon started by an installer may keep our pipe open for ever: what it wrote by then is enough. */
const PIPE_DRAIN_MS = 250;
/** The end of a log that explains a failure; the whole of apt's or npm's helps nobody. */
const OUTPUT_TAIL_CHARACTERS = 64_000;

/**
 * Runs a command to its end and collects what it says, both streams in order of arrival.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, stopWhen?: AbortSignal,
 *   onLine?: (line: string) => void }} [options]
 * @returns {Promise<{ ok: boolean, code: number, output: string }>} `code` is 127 when there is no
 *   such command and 128 + n when signal n ended it. Never rejects.
 */
export function run(command, args, { cwd, env, timeoutMs, stopWhen, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    /** What each stream has begun and not yet ended with a line break. */
    const begun = { stdout: '', stderr: '' };
    const take = (stream) => (text) => {
      output = (output + text).slice(-OUTPUT_TAIL_CHARACTERS);
      const lines = (begun[stream] + text).split(/\r?\n|\r/);
      begun[stream] = lines.pop();
      for (const line of lines) onLine?.(line);
    };
    const stop = () => child.kill();
    const timer = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs);
    const finish = (code) => {
      clearTimeout(timer);
      stopWhen?.removeEventListener('abort', stop);
      child.stdout.destroy();
      child.stderr.destroy();
      for (const line of Object.values(begun).filter(Boolean)) onLine?.(line);
      resolve({ ok: code === 0, code, output: output.trim() });
    };
    stopWhen?.addEventListener('abort', stop, { once: true });
    child.stdout.setEncoding('utf8').on('data', take('stdout'));
    child.stderr.setEncoding('utf8').on('data', take('stderr'));
    child.once('error', (error) => {
      output = error.message;
      finish(127);
    });
    child.once('exit', (code, signal) => {
      const shellCode = code ?? 128 + constants.signals[signal];
      const drained = setTimeout(() => finish(shellCode), PIPE_DRAIN_MS);
      child.once('close', () => {
        clearTimeout(drained);
        finish(shellCode);
      });
    });
  });
}

/** The last lines of a command's output, on one line each, for a sentence about its failure. */
export const lastLines = (output, count = 3) => output.split('\n').slice(-count).join(' / ');
