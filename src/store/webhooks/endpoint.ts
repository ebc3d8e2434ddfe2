import { isTerminal, RUN_STATES, type RunRecord, type RunState } from '../../runner/index.ts';

/** Somebody who is told of runs by HTTP. Its secrets are asked for on their own, so that they are shown nowhere. */
export interface WebhookEndpoint extends EndpointSettings {
  readonly endpointId: string;
  /** Where it was written: the configuration file, an administrator's request, or the submit of one run. */
  readonly origin: EndpointOrigin;
  /** The one run it is about. */
  readonly runId?: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** Why nothing more is sent to it. */
  readonly disabled?: string;
}

export type EndpointOrigin = 'configuration' | 'request' | 'run';

/** What can be chosen about an endpoint. */
export interface EndpointSettings {
  readonly url: string;
  /** States it is told of; the terminal ones where nobody says. */
  readonly states: readonly RunState[];
  /** Only runs of these apps; empty: of any. */
  readonly apps: readonly string[];
  /** Only runs of these users; empty: of any. */
  readonly users: readonly string[];
}

/** A signing secret, and until when it signs (milliseconds of the epoch), after another took its place. */
export interface SigningSecret {
  readonly secret: string;
  readonly untilMs?: number;
}

export const TERMINAL_STATES: readonly RunState[] = RUN_STATES.filter(isTerminal);

/** Whether an endpoint is to be told that a run has come into a state. */
export const wantsEvent = (
  { states, apps, users }: Omit<EndpointSettings, 'url'>,
  { app, state, user }: Pick<RunRecord, 'app' | 'state' | 'user'>,
): boolean =>
  states.includes(state) &&
  (apps.length === 0 || apps.includes(app.name)) &&
  (users.length === 0 || users.includes(user));

/** The secrets that sign at a time, newest first. */
export const signingSecrets = (secrets: readonly SigningSecret[], nowMs: number): string[] =>
  secrets
    .filter(({ untilMs }) => untilMs === undefined || untilMs > nowMs)
    .map(({ secret }) => secret);
