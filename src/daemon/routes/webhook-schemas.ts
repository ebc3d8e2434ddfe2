import { RUN_STATES } from '../../runner/index.ts';
import { count, list, object, text, time, type Schema } from '../http/schemas.ts';

export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;

const FILTERS: Readonly<Record<string, Schema>> = {
  states: list({ type: 'string', description: 'A state, or terminal, or all.' }),
  apps: list(text('Only runs of this app.')),
  users: list(text('Only runs of this user.')),
};
const URL_TEXT = text('Where requests are sent: http or https.');
const SECRET = text('Signs requests: whsec_ and 24 to 64 bytes in base 64. Absent: a new one.');

const ENDPOINT: Readonly<Record<string, Schema>> = {
  endpointId: text('Its id.'),
  origin: { enum: ['configuration', 'request', 'run'], description: 'Where it was written.' },
  runId: text('The one run it is about.'),
  url: URL_TEXT,
  ...FILTERS,
  states: list({ enum: RUN_STATES, description: 'A state it is told of.' }),
  createdAt: time('When it was made.'),
  disabled: text('Why nothing more is sent to it.'),
};
const ALWAYS = ['endpointId', 'origin', 'url', 'states', 'apps', 'users', 'createdAt'];

export const WEBHOOK_SCHEMAS: readonly Schema[] = [
  { $id: 'Webhook', description: 'Who is told of runs.', ...object(ENDPOINT, ALWAYS) },
  {
    $id: 'WebhookWithSecret',
    description: 'A webhook with its newest secret, told once.',
    ...object({ ...ENDPOINT, secret: SECRET }, [...ALWAYS, 'secret']),
  },
  {
    $id: 'NewWebhook',
    description: 'A webhook to be made.',
    ...object({ url: URL_TEXT, secret: SECRET, ...FILTERS }, ['url']),
  },
  {
    $id: 'WebhookChange',
    description: 'What is to be different.',
    ...object({ url: URL_TEXT, ...FILTERS }, []),
  },
  {
    $id: 'RunWebhook',
    description: 'Who is told of one run; without a secret it is signed with the server’s own.',
    ...object({ url: URL_TEXT, secret: SECRET, states: FILTERS['states'] ?? {} }, ['url']),
  },
  {
    $id: 'WebhookMessage',
    description: 'One message for one webhook.',
    ...object(
      {
        deliveryId: count('Its id.'),
        endpointId: text('The webhook.'),
        runId: text('The run it is about.'),
        seq: count('The event of the run that it tells of.'),
        createdAt: time('When that happened.'),
        state: { enum: DELIVERY_STATES, description: 'dead: given up.' },
        attempts: count('Attempts so far.'),
        dueMs: count('Not before: milliseconds of the epoch.'),
        lastFault: text('Why the last attempt failed.'),
      },
      ['deliveryId', 'endpointId', 'runId', 'seq', 'createdAt', 'state', 'attempts', 'dueMs'],
    ),
  },
];
