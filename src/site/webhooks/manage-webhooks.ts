import { randomBytes } from 'node:crypto';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type {
  EndpointSettings,
  NewEndpoint,
  WebhookEndpoint,
  WebhookStore,
} from '../../store/index.ts';
import { checkWebhook, type WebhookFault, type WebhookText } from './check-webhook.ts';

/** An endpoint that was made, with its secret: told this once. */
export interface MadeWebhook {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string;
}

/** Adds an endpoint for all runs. Without a secret it gets a new one. Throws `usage` with all faults. */
export function addWebhook(store: WebhookStore, text: WebhookText): MadeWebhook {
  const secret = text.secret ?? newSecret();
  const settings = settingsOf(text);
  const endpointId = `wh_${randomBytes(9).toString('base64url')}`;
  const secrets = [{ secret }];
  const endpoint = store.put({ ...settings, endpointId, origin: 'request', secrets });
  return { endpoint, secret };
}

/**
 * Who is told of one run, as its submitter asks; to be written down with the run. Without a secret of
 * its own it is signed with the server's. Throws `usage`.
 */
export function runWebhook(
  store: WebhookStore,
  runId: string,
  text: Pick<WebhookText, 'url' | 'secret' | 'states'>,
): NewEndpoint {
  const settings = settingsOf(text);
  const secrets = [{ secret: text.secret ?? ownSecret(store) }];
  return { ...settings, endpointId: `run_${runId}`, origin: 'run', runId, secrets };
}

/** Puts other settings in place of some; it is enabled by that. Throws `usage`, `state-conflict`, `webhook-not-found`. */
export function changeWebhook(
  store: WebhookStore,
  endpointId: string,
  changes: Partial<Omit<WebhookText, 'secret'>>,
): WebhookEndpoint {
  const endpoint = ofRequest(store, endpointId);
  const settings = settingsOf({ ...endpoint, ...changes });
  return store.put({ ...endpoint, ...settings, secrets: store.secretsOf(endpointId) });
}

/**
 * Puts a new secret before the one there is; that signs beside it for `LIMITS.webhookOldSecretMs`.
 * Returns the new one. Throws `usage`, `state-conflict`, `webhook-not-found`.
 */
export function rotateSecret(
  store: WebhookStore,
  endpointId: string,
  now: Date,
  given?: string,
): string {
  const endpoint = ofRequest(store, endpointId);
  const secret = given ?? newSecret();
  settingsOf({ ...endpoint, secret });
  const untilMs = now.getTime() + LIMITS.webhookOldSecretMs;
  const old = store
    .secretsOf(endpointId)
    .slice(0, 1)
    .map((before) => ({ ...before, untilMs }));
  store.put({ ...endpoint, secrets: [{ secret }, ...old] });
  return secret;
}

/** Throws `state-conflict` for one of the configuration, `webhook-not-found`. */
export function removeWebhook(store: WebhookStore, endpointId: string): void {
  ofRequest(store, endpointId);
  store.remove(endpointId);
}

/** A webhook of the configuration, checked. */
export interface ConfiguredWebhook extends EndpointSettings {
  readonly name: string;
  /** Newest first; all of them sign. */
  readonly secrets: readonly string[];
}

/**
 * Makes the endpoints of the configuration what it says now. One that it says no more is disabled:
 * what it was still to be told stays and can be looked at.
 */
export function syncWebhooks(store: WebhookStore, configured: readonly ConfiguredWebhook[]): void {
  const idOf = ({ name }: ConfiguredWebhook): string => `config_${name}`;
  const wanted = new Set(configured.map(idOf));
  for (const { endpointId, origin, disabled } of store.endpoints())
    if (origin === 'configuration' && !wanted.has(endpointId) && disabled === undefined)
      store.disable(endpointId, 'it is no more in the configuration');
  for (const webhook of configured) {
    const { url, states, apps, users } = webhook;
    store.put({
      ...{ url, states, apps, users },
      endpointId: idOf(webhook),
      origin: 'configuration',
      secrets: webhook.secrets.map((secret) => ({ secret })),
    });
  }
}

function ofRequest(store: WebhookStore, endpointId: string): WebhookEndpoint {
  const endpoint = store.endpoint(endpointId);
  if (endpoint.origin === 'configuration')
    throw new RunnerError(
      'state-conflict',
      `the webhook ${endpointId} is written in the configuration`,
      {
        hint: 'Change it there, and send the server SIGHUP (`systemctl reload`).',
      },
    );
  return endpoint;
}

/** What signs where nobody gave a secret. */
export const ownSecret = (store: WebhookStore): string => store.serverSecret(newSecret());

/** Throws `usage` for a webhook that cannot be used. */
export const assertWebhook = (text: WebhookText): void => void settingsOf(text);

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

function settingsOf(text: WebhookText): EndpointSettings {
  const { settings, faults } = checkWebhook(text);
  const [first] = faults;
  if (first === undefined) return settings;
  throw new RunnerError('usage', `the webhook cannot be used: ${faults.map(sentence).join('; ')}`, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    details: { faults },
  });
}

const sentence = ({ field, value, problem }: WebhookFault): string =>
  value === undefined ? `${field} ${problem}` : `${field}: ${JSON.stringify(value)} ${problem}`;
