import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What the engine itself says of the containers of one data folder, whoever asked for them. */
export interface EngineWatch extends Disposable {
  /** How often a container of this run was started. */
  startsOf(runId: string): number;
}

interface EngineEvent {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

/** `host`: as DOCKER_HOST. Goes on when the engine was away: meanwhile nothing starts. */
export function watchEngine(host: string): EngineWatch {
  const starts = new Map<string, number>();
  let isOver = false;
  let events = watch();

  function watch(): ChildProcessByStdio<null, Readable, null> {
    const child = spawn(
      'docker',
      ['events', '--filter', 'type=container', '--filter', 'event=start', '--format', '{{json .}}'],
      { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, DOCKER_HOST: host } },
    );
    createInterface(child.stdout).on('line', (line) => {
      const { Actor } = JSON.parse(line) as EngineEvent;
      const runId = Actor.Attributes['io.cyto-run.run'] ?? '';
      starts.set(runId, (starts.get(runId) ?? 0) + 1);
    });
    child.on('exit', () => {
      if (!isOver) events = watch();
    });
    return child;
  }

  return {
    startsOf: (runId) => starts.get(runId) ?? 0,
    [Symbol.dispose]: () => {
      isOver = true;
      events.kill();
    },
  };
}

/** Names of all containers of a data folder, ended ones too. */
export const containersOf = (dataId: string, host: string): readonly string[] =>
  execFileSync(
    'docker',
    ['ps', '-a', '--filter', `label=io.cyto-run.owner=${dataId}`, '--format', '{{.Names}}'],
    { encoding: 'utf8', env: { ...process.env, DOCKER_HOST: host } },
  )
    .split('\n')
    .filter((name) => name !== '');
