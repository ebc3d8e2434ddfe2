import { performance } from 'node:perf_hooks';

/**
 * Tells a person what is being done while it is done: one plain line each, with the seconds since
 * this process began. On stderr, so that stdout stays what a program prints as its result.
 *
 * @param {(text: string) => void} [write]
 * @returns {(line: string) => void}
 */
export function story(write = (text) => process.stderr.write(text)) {
  return (line) => {
    write(`[${String(Math.round(performance.now() / 1000)).padStart(3)} s] ${line}\n`);
  };
}
