import { readFileSync } from 'node:fs';

/** Our version, from package.json: two folders above this file in a clone and in a package alike. */
export function runnerVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
