import { systemClock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Client } from '../../client/index.ts';
import { isTerminal, RUN_STATES, type RunState } from '../../runner/index.ts';
import { configurationFor, openDataFolder, type Configuration } from '../../site/index.ts';
import { flagValue } from '../find-descriptor.ts';
import { isOwnChoice, serverClient } from '../runs-port/index.ts';
import type { Terminal } from '../terminal.ts';
import type { NameKind, RunKind } from './words.ts';

/** What may be asked for what there is: a data folder, or a server. */
export interface KnownNames {
  readonly configuration: Configuration;
  /** Answers soon or not at all. Undefined: there is none, or a project's file names it, which nobody chose. */
  readonly client: Client | undefined;
}

/** By the words that are typed and the configuration. Throws what reading that throws. */
export async function knownNames(
  words: readonly string[],
  terminal: Terminal,
  deadline: AbortSignal,
): Promise<KnownNames> {
  const server = flagValue(words.slice(0, -1), '--server');
  const configuration = await configurationFor(terminal, server === undefined ? {} : { server });
  if (!isOwnChoice(configuration.sources.get('server.url'), terminal))
    return { configuration, client: undefined };
  const client = await serverClient(configuration, terminal, {
    fetch: (input, init) => fetch(input, { ...init, signal: deadline }),
    // Nobody waits for a server that is away while a key is pressed.
    onLost: (why) => {
      throw why;
    },
  });
  return { configuration, client };
}

/** The newest names of a kind. */
export async function newestNames(
  kind: Exclude<NameKind, 'schema'>,
  { configuration, client }: KnownNames,
  terminal: Terminal,
): Promise<readonly string[]> {
  const limit = NAMES_OFFERED_MAX;
  if (client !== undefined) {
    if (isRunKind(kind)) {
      const { runs } = await client.runs.page({ limit, state: STATES_OF[kind] });
      return runs.filter((run) => isFitting(kind, run)).map(({ runId }) => runId);
    }
    if (kind === 'batch')
      return (await client.batches.page({ limit })).batches.map(({ batchId }) => batchId);
    const apps = (await client.apps.list()).filter(({ enabled }) => enabled);
    return apps.map(({ name, version }) => `${name}@${version}`);
  }
  if (configuration.values['server.url'] !== undefined || kind === 'app') return [];
  using store = await openDataFolder(configuration, terminal);
  return isRunKind(kind)
    ? store.list({ limit, states: STATES_OF[kind] }).runs.map(({ runId }) => runId)
    : store.batches.list(limit).map(({ batchId }) => batchId);
}

/** The states in which a run is of a kind. */
const STATES_OF: Readonly<Record<RunKind, readonly RunState[]>> = {
  run: RUN_STATES,
  'waiting run': ['QUEUED'],
  'held run': ['QUEUED'],
  'active run': RUN_STATES.filter((state) => !isTerminal(state)),
  'ended run': RUN_STATES.filter(isTerminal),
};

const isRunKind = (kind: NameKind): kind is RunKind => kind in STATES_OF;

const isFitting = (kind: RunKind, { waiting }: { readonly waiting?: string }): boolean =>
  (kind !== 'held run' || waiting === 'queue-held') &&
  (kind !== 'waiting run' || waiting !== 'queue-held');

/** More than a screen of ids helps nobody. */
const NAMES_OFFERED_MAX = 20;

/** Fires when whoever presses a key has waited long enough. */
export const completionDeadline = (): Disposable & { readonly signal: AbortSignal } =>
  systemClock.deadline(LIMITS.completionMs, () => new TypeError('it takes too long'));
