import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What the engine itself says of the containers of one data folder, whoever asked for them. */
export interface EngineWatch extends Disposable {
  /** How often a container of this run was started. */
  startsOf(runId: string): number;
}

interface EngineEvent {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

export function watchEngine(): EngineWatch {
  const starts = new Map<string, number>();
  const events = spawn(
    'docker',
    ['events', '--filter', 'type=container', '--filter', 'event=start', '--format', '{{json .}}'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  createInterface(events.stdout).on('line', (line) => {
    const { Actor } = JSON.parse(line) as EngineEvent;
    const runId = Actor.Attributes['io.cyto-run.run'] ?? '';
    starts.set(runId, (starts.get(runId) ?? 0) + 1);
  });
  return {
    startsOf: (runId) => starts.get(runId) ?? 0,
    [Symbol.dispose]: () => {
      events.kill();
    },
  };
}

/** Names of all containers of a data folder, ended ones too. */
export const containersOf = (dataId: string): readonly string[] =>
  execFileSync(
    'docker',
    ['ps', '-a', '--filter', `label=io.cyto-run.owner=${dataId}`, '--format', '{{.Names}}'],
    { encoding: 'utf8' },
  )
    .split('\n')
    .filter((name) => name !== '');
