import { LIMITS } from '../../base/limits.ts';
import { RUN_STATES, type RunState } from '../../runner/index.ts';
import { TERMINAL_STATES, type EndpointSettings } from '../../store/index.ts';

/** A webhook as somebody wrote it: in the configuration, in a request, at a submit. */
export interface WebhookText {
  readonly url: string;
  /** `whsec_` and base 64, as Standard Webhooks writes it. */
  readonly secret?: string | undefined;
  /** States, or `terminal`, or `all`. */
  readonly states?: readonly string[] | undefined;
  readonly apps?: readonly string[] | undefined;
  readonly users?: readonly string[] | undefined;
}

export interface WebhookFault {
  readonly field: keyof WebhookText;
  /** Absent where it is a secret, or not one value. */
  readonly value?: string;
  /** What is wrong, as a clause. */
  readonly problem: string;
  readonly hint?: string;
  readonly choices?: readonly string[];
}

export interface CheckedWebhook {
  readonly settings: EndpointSettings;
  readonly faults: readonly WebhookFault[];
}

const GROUPS: Readonly<Record<string, readonly RunState[]>> = {
  terminal: TERMINAL_STATES,
  all: RUN_STATES,
};
const STATE_WORDS = [...Object.keys(GROUPS), ...RUN_STATES];

/** The settings that a webhook's text means, and everything that is wrong with it. Asks nobody. */
export function checkWebhook(text: WebhookText): CheckedWebhook {
  const { url, secret, states = ['terminal'], apps = [], users = [] } = text;
  const faults = [
    ...urlFaults(url),
    ...(secret === undefined ? [] : secretFaults(secret)),
    ...states.filter((word) => !STATE_WORDS.includes(wordOf(word))).map(stateFault),
    ...(['states', 'apps', 'users'] as const)
      .filter((field) => (text[field]?.length ?? 0) > LIMITS.webhookFilterItemsMax)
      .map((field) => ({ field, problem: `has more than ${LIMITS.webhookFilterItemsMax} items` })),
  ];
  const wanted = new Set(
    states
      .map(wordOf)
      .flatMap((word) => GROUPS[word] ?? RUN_STATES.filter((state) => state === word)),
  );
  const settings = { url, states: RUN_STATES.filter((state) => wanted.has(state)), apps, users };
  return { settings, faults };
}

/** Groups are written small, states large; a person may write either. */
function wordOf(text: string): string {
  const small = text.trim().toLowerCase();
  return Object.hasOwn(GROUPS, small) ? small : small.toUpperCase();
}

const stateFault = (value: string): WebhookFault => ({
  field: 'states',
  value,
  problem: 'is no state of a run',
  choices: STATE_WORDS,
  hint: `Write terminal, all, or some of ${RUN_STATES.join(', ')}.`,
});

function urlFaults(text: string): WebhookFault[] {
  const url = text.length > LIMITS.webhookUrlCharsMax ? null : URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return [
      { field: 'url', problem: 'is no http or https URL', hint: 'Write https://example.org/hook.' },
    ];
  if (url.username === '' && url.password === '') return [];
  return [
    {
      field: 'url',
      problem: 'holds a name or a password',
      hint: 'Leave them out: requests are signed with a secret instead.',
    },
  ];
}

function secretFaults(secret: string): WebhookFault[] {
  const text = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : '';
  const bytes = Buffer.from(text, 'base64');
  const isSecret =
    bytes.toString('base64').replaceAll('=', '') === text.replaceAll('=', '') &&
    bytes.length >= LIMITS.webhookSecretBytesMin &&
    bytes.length <= LIMITS.webhookSecretBytesMax;
  if (isSecret) return [];
  return [
    {
      field: 'secret',
      problem: `is not whsec_ and ${LIMITS.webhookSecretBytesMin} to ${LIMITS.webhookSecretBytesMax} bytes in base 64`,
      hint: 'Make one with: echo "whsec_$(openssl rand -base64 32)"',
    },
  ];
}
