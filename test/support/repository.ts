import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** One file of this repository: tracked, or new and not ignored. */
export interface RepositoryFile {
  readonly path: string;
  readonly text: string;
}

const BINARY = /\.(png|tiff?|jpe?g|gz|zip)$/;

/** Every text file that is, or is about to be, part of this repository, in the order of its path. */
export function repositoryFiles(): RepositoryFile[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  return execFileSync('git', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .split('\0')
    .filter((path) => path !== '' && !BINARY.test(path) && existsSync(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** `path:line` of each line that matches. */
export const linesMatching = ({ path, text }: RepositoryFile, pattern: RegExp): string[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      pattern.test(line) ? [`${path}:${String(index + 1)}: ${line.trim()}`] : [],
    );
