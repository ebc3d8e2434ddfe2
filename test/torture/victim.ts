import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server that is about to be killed. */
export interface Victim {
  readonly process: ChildProcess;
  /** Its address; undefined: it died before it listened. */
  readonly url: Promise<string | undefined>;
  readonly gone: Promise<void>;
  readonly isGone: () => boolean;
  readonly story: () => string;
  readonly setClock: (offMs: number) => void;
}

export function startVictim(
  program: string,
  home: string,
  env: Readonly<Record<string, string>>,
): Victim {
  const { PATH = '', HOME = '/' } = process.env;
  const child = spawn(process.execPath, [program], {
    cwd: home,
    env: { PATH, HOME, XDG_CONFIG_HOME: home, CYTO_RUN_HOME: home, CYTO_RUN_SLOTS: '3', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let story = '';
  let over = false;
  child.stderr.on('data', (bytes: Buffer) => {
    story += bytes.toString();
  });
  child.stdin.on('error', () => undefined);
  const gone = once(child, 'close').then(() => {
    over = true;
  });
  const url = Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]) => String(line)),
    gone.then(() => undefined),
  ]);
  return {
    process: child,
    url,
    gone,
    isGone: () => over,
    story: () => story,
    setClock: (offMs) => child.stdin.write(`clock ${offMs}\n`),
  };
}
